package nodeimage

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBuildContextIsReproducible(t *testing.T) {
	for _, v := range []Variant{Lab, Bare} {
		first, err := buildContext(v)
		require.NoError(t, err)
		second, err := buildContext(v)
		require.NoError(t, err)
		require.True(t, bytes.Equal(first, second))
		require.Regexp(t, `^aiolos-node:`+string(v)+`-[0-9a-f]{12}$`, reference(v, first))
	}
}

func TestBuildContextHoldsDockerfileAndModes(t *testing.T) {
	modes := map[string]int64{}
	files, err := buildContext(Lab)
	require.NoError(t, err)
	r := tar.NewReader(bytes.NewReader(files))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		modes[h.Name] = h.Mode
		require.Zero(t, h.Uid)
	}
	require.Equal(t, int64(0o644), modes["Dockerfile"])
	require.Equal(t, int64(0o755), modes["files/usr/local/sbin/aiolos-firstboot"])
	require.Equal(t, int64(0o644), modes["files/etc/systemd/system/aiolos-firstboot.service"])
}

func TestUnknownVariant(t *testing.T) {
	_, err := Reference("../lab")
	require.ErrorContains(t, err, `unknown variant of the node image "../lab"`)
}

func TestFollow(t *testing.T) {
	var told []string
	log, err := follow(strings.NewReader(`{"stream":"Step 1/9 : FROM x\n"}
{"stream":"\u001b[91mfirst\nsecond\u001b[0m\n"}
{"stream":"Step 2/9 : RUN y\n"}
{"errorDetail":{"code":100,"message":"The command returned a non-zero code: 100"},"error":"x"}`),
		func(s string) { told = append(told, s) })
	require.EqualError(t, err, "The command returned a non-zero code: 100")
	require.Equal(t, []string{"Step 1/9 : FROM x", "first", "second", "Step 2/9 : RUN y"}, log)
	require.Equal(t, []string{"step 1 of 9", "step 1 of 9: first", "step 2 of 9"}, told)
}

func TestFollowKeepsLastLinesOnly(t *testing.T) {
	log, err := follow(strings.NewReader(`{"stream":"`+strings.Repeat(`line\n`, 3*kept)+`end"}`), func(string) {})
	require.NoError(t, err)
	require.Len(t, log, kept)
	require.Equal(t, "end", log[kept-1])
}

func TestFollowBrokenStream(t *testing.T) {
	_, err := follow(strings.NewReader(`{"stream":"x"} nonsense`), func(string) {})
	require.ErrorContains(t, err, "read the engine's messages")
}

func TestErrorsShowTheirEvidence(t *testing.T) {
	err := &BuildError{Image: "aiolos-node:lab-0", Log: []string{"E: Unable to fetch"}, Err: errors.New("code 100")}
	require.EqualError(t, err, "build image aiolos-node:lab-0: code 100; the last lines of output:\n  E: Unable to fetch")
}

func TestTurnsAreTakenOneByOne(t *testing.T) {
	done, err := takeTurn(t.Context(), func(string) {})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = takeTurn(ctx, func(string) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	done()
	done, err = takeTurn(t.Context(), func(string) {})
	require.NoError(t, err)
	done()
}
