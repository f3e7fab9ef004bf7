package command_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

func TestLiveGraph(t *testing.T) {
	b := newBench(t)
	b.server.Add("pool", workflows.DeployType).Given(temporaltest.Payloads(deploy.Request{Blueprint: "glusterfs"})).Says(simulated(3))
	for format, want := range map[string]string{"mermaid": "failed", "dot": "failed", "svg": "failed"} {
		live := b.run("graph", "--live", "pool", "--format", format)
		require.Equal(t, 0, live.code, live.err)
		still := b.run("graph", "glusterfs", "--format", format)
		require.Contains(t, live.out, want, format)
		require.NotEqual(t, still.out, live.out, format)
	}
	svg := b.run("graph", "--live", "pool", "--format", "svg").out
	for _, state := range []string{"failed", "waiting", "running"} {
		require.Contains(t, svg, state, "the states are words, too")
	}
	require.Equal(t, 1, b.run("graph", "--live", "nobody").code)
	require.Equal(t, 2, b.run("graph", "--live", "No Name").code)
}
