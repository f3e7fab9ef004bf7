package job_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/internal/job"
)

func TestOutputInPieces(t *testing.T) {
	t.Parallel()
	d, ctx := root(t), within(t)
	_, err := d.Output(ctx, local, "a.1", 0, 100, 0)
	require.ErrorIs(t, err, fs.ErrNotExist)
	none, err := d.List(ctx, local, "a.")
	require.NoError(t, err)
	require.Empty(t, none)

	gate := filepath.Join(t.TempDir(), "gate")
	following, leave := context.WithCancel(ctx)
	left := make(chan struct{})
	s := spec("a.1", "echo first; while [ ! -e '"+gate+"' ]; do sleep 0.05; done; echo the word is swordfish; exit 7")
	s.Secrets = []string{"swordfish"}
	go func() {
		defer close(left)
		_, _ = d.Run(following, local, s, nil)
	}()
	t.Cleanup(func() { leave(); <-left })
	require.Eventually(t, func() bool {
		p, err := d.Output(ctx, local, "a.1", 0, 100, 5*time.Second)
		return err == nil && string(p.Text) == "first\n" && !p.Ended && p.Size == 6
	}, 10*time.Second, 20*time.Millisecond)
	p, err := d.Output(ctx, local, "a.1", 1, 3, 0)
	require.NoError(t, err)
	require.Equal(t, "irs", string(p.Text))
	p, err = d.Output(ctx, local, "a.1", 6, 100, 0)
	require.NoError(t, err)
	require.Equal(t, job.Piece{Text: []byte{}, Size: 6}, p)
	listed, err := d.List(ctx, local, "a.")
	require.NoError(t, err)
	require.Len(t, listed, 1)
	require.True(t, listed[0].Running)

	require.NoError(t, os.WriteFile(gate, nil, 0o600))
	p, err = d.Output(ctx, local, "a.1", 6, 100, 10*time.Second)
	require.NoError(t, err)
	require.Equal(t, "the word is ***\n", string(p.Text))
	<-left
	p, err = d.Output(ctx, local, "a.1", p.Size, 100, 10*time.Second)
	require.NoError(t, err)
	require.True(t, p.Ended)

	_, err = d.Run(ctx, local, spec("b.1", "true"), nil)
	require.NoError(t, err)
	listed, err = d.List(ctx, local, "a.")
	require.NoError(t, err)
	require.Len(t, listed, 1, "b.1 is not asked for")
	require.True(t, listed[0].Ended)
	require.Equal(t, 7, listed[0].Exit)
	require.WithinDuration(t, time.Now(), listed[0].Started, time.Minute)
}

func TestOutputChecksNames(t *testing.T) {
	t.Parallel()
	var wrong *job.SpecError
	_, err := root(t).Output(within(t), local, "../a", 0, 1, 0)
	require.ErrorAs(t, err, &wrong)
	_, err = root(t).List(within(t), local, "a/")
	require.ErrorAs(t, err, &wrong)
}
