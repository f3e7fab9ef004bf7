package command_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/deploy/timing"
	"aiolos/starter/command"
	"aiolos/workflows"
)

func TestTiming(t *testing.T) {
	b := newBench(t)
	run := b.server.Add("pool", workflows.DeployType).Planned(&deploy.Plan{Blueprint: "glusterfs"})
	run.Says(simulated(3)).Complete(deploy.Outcome{Deployment: "pool", State: deploy.StateDone})
	file := filepath.Join(t.TempDir(), "pool.svg")
	r := b.run("timing", "pool", "--svg", file)
	require.Equal(t, command.ExitDone, r.code, r.err)
	for _, words := range []string{"the bound is", "ALONG THE CRITICAL PATH", "configure"} {
		require.Contains(t, r.out, words)
	}
	svg, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(svg), "critical path")

	r = b.run("timing", "pool", "--json")
	require.Equal(t, command.ExitDone, r.code, r.err)
	var told timing.Timing
	require.NoError(t, json.Unmarshal([]byte(r.out), &told))
	require.NotEmpty(t, told.Path)

	require.Equal(t, command.ExitFailed, b.run("timing", "nobody").code)
	require.Equal(t, command.ExitWrongInput, b.run("timing", "No Name").code)
	r = b.run("timing", "pool", "--svg", filepath.Join(t.TempDir(), "none", "x.svg"))
	require.Equal(t, command.ExitFailed, r.code)
	require.Contains(t, r.err, "the picture was not written")
}
