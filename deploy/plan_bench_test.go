package deploy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/deploy/graph"
	"aiolos/deploy/graph/svg"
)

func glusterFS(b *testing.B) *deploy.Blueprint {
	b.Helper()
	text, ok := deploy.Builtin("glusterfs")
	require.True(b, ok)
	blueprint, err := deploy.ReadBlueprint("glusterfs", text, actions)
	require.NoError(b, err)
	return blueprint
}

func thousand(b *testing.B) *deploy.Plan {
	b.Helper()
	plan, err := glusterFS(b).Plan("demo", deploy.Request{Parameters: map[string]any{"nodes": 1000}}, "docker", nil)
	require.NoError(b, err)
	return plan
}

// BenchmarkReadBlueprint reads and checks the blueprint glusterfs.
func BenchmarkReadBlueprint(b *testing.B) {
	for b.Loop() {
		glusterFS(b)
	}
}

// BenchmarkPlan1000 makes a plan for a thousand nodes.
func BenchmarkPlan1000(b *testing.B) {
	for b.Loop() {
		thousand(b)
	}
}

// BenchmarkEvaluate1000 fills in the configuration of every step on every of a thousand nodes.
func BenchmarkEvaluate1000(b *testing.B) {
	plan := thousand(b)
	known := launched(plan)
	for b.Loop() {
		e, err := plan.Evaluator(actions)
		require.NoError(b, err)
		for i := range plan.Steps {
			for _, node := range plan.Steps[i].Nodes {
				_, missing, err := e.Config(&plan.Steps[i], node, known)
				require.NoError(b, err)
				require.Empty(b, missing)
			}
		}
	}
}

// BenchmarkGraph draws what waits for what, as SVG.
func BenchmarkGraph(b *testing.B) {
	outline := glusterFS(b).Outline()
	for b.Loop() {
		require.NotEmpty(b, svg.Render(graph.Of(outline)))
	}
}
