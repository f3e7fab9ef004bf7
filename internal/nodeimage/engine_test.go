package nodeimage

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
)

// TestEnsure builds both variants where they are missing. The images stay, as
// they do for every user: what they cost is the time to make them.
func TestEnsure(t *testing.T) {
	if os.Getenv("AIOLOS_ENGINE") != "1" {
		t.Skip("left out: building node images needs a Docker engine (AIOLOS_ENGINE=1)")
	}
	cli, err := client.New(client.FromEnv)
	require.NoError(t, err)
	defer func() { _ = cli.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	for _, v := range []Variant{Lab, Bare} {
		ref, err := Ensure(ctx, cli, v, func(s string) { t.Log(s) })
		require.NoError(t, err)
		image, err := cli.ImageInspect(ctx, ref)
		require.NoError(t, err)
		require.Equal(t, string(v), image.Config.Labels[Label])

		start := time.Now()
		again, err := Ensure(ctx, cli, v, func(s string) { t.Errorf("the image is there, but: %s", s) })
		require.NoError(t, err)
		require.Equal(t, ref, again)
		require.Less(t, time.Since(start), time.Second)
	}
}
