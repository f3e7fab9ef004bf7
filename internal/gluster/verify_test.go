package gluster

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

func TestVerifyFaults(t *testing.T) {
	writer := &fake{t: t, answers: map[string][]answer{"w vol01 .aiolos-verify-": {{out: "4096 100 50\n"}, {}}}}
	reader := &fake{t: t, answers: map[string][]answer{"r vol01 .aiolos-verify-": {{exit: 124}}}}
	w, r := Member{Node: "storage-0", Hostname: "w", Runner: writer}, Member{Node: "storage-1", Hostname: "r", Runner: reader}

	_, err := Verify(t.Context(), "a;b", w, r, nil)
	var invalid *deploy.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Empty(t, writer.calls)

	_, err = Verify(t.Context(), "vol01", w, r, nil)
	var failed *VerifyError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "storage-1", failed.Node)
	require.True(t, failed.Temporary())
	require.Len(t, writer.calls, 2)
	require.Regexp(t, ` write$`, writer.calls[0])
	require.Regexp(t, ` remove$`, writer.calls[1], "the writer removes what the reader could not")

	// The connection is lost: the file may be there, so it is removed as well.
	lost := errors.New("connection lost")
	writer.calls, writer.answers["w vol01 .aiolos-verify-"] = nil, []answer{{err: lost}, {}}
	_, err = Verify(t.Context(), "vol01", w, r, nil)
	require.ErrorIs(t, err, lost)
	require.Len(t, writer.calls, 2)

	writer.answers["w vol01 .aiolos-verify-"] = []answer{{out: "nonsense"}, {}}
	_, err = Verify(t.Context(), "vol01", w, r, nil)
	require.ErrorContains(t, err, `stat said "nonsense"`)
}
