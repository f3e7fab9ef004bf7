package workflows_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
	"aiolos/lab/labtest"
	"aiolos/starter/operation"
	"aiolos/workflows"
)

// BenchmarkStatus asks a busy deployment for its status, as `aiolos status` does, on a
// server: activities end all the time, on every node. It tells the 95th percentile, in
// milliseconds.
func BenchmarkStatus(b *testing.B) {
	for _, nodes := range []int{3, 200} {
		b.Run(fmt.Sprintf("%d nodes", nodes), func(b *testing.B) {
			c := labtest.Dial(b, labtest.StartServer(b, workflows.SearchAttributes()))
			var times []time.Duration
			for b.Loop() {
				times = append(times, askWhileBusy(b, c, nodes)...)
			}
			slices.Sort(times)
			milliseconds := func(of float64) float64 { return float64(times[int(of*float64(len(times)-1))].Microseconds()) / 1000 }
			b.ReportMetric(milliseconds(0.95), "p95-ms")
			b.ReportMetric(milliseconds(0.5), "median-ms")
			b.ReportMetric(float64(len(times)), "questions")
		})
	}
}

// askWhileBusy deploys, and asks one question after the other until that ends.
func askWhileBusy(b *testing.B, c client.Client, nodes int) []time.Duration {
	b.Helper()
	const stages, lasts = 5, 4 * time.Second // about what Puppet takes
	made := &scenario{Groups: []groupCase{{Name: "storage", Count: nodes}}}
	for i := range stages {
		p := &stepCase{Name: fmt.Sprintf("stage%02d", i), On: "storage", Action: "run", Fate: map[string]*fate{}}
		for n := range nodes {
			p.Nodes = append(p.Nodes, fmt.Sprintf("storage-%d", n))
			p.Fate[p.Nodes[n]] = &fate{}
		}
		if i > 0 {
			p.Needs = []map[string]any{{"step": made.Steps[i-1].Name}}
		}
		made.Steps = append(made.Steps, p)
	}
	f := newFakes(made, 1, func(event) {})
	f.finish = func(_ context.Context, _ time.Duration, end func() (any, error)) (any, error) {
		<-time.After(lasts/2 + rand.N(lasts)) //nolint:gosec // not for anything secret
		return end()
	}
	name := fmt.Sprintf("busy-%d", time.Now().UnixNano())
	w := worker.New(c, name, worker.Options{})
	w.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	w.RegisterWorkflowWithOptions(workflows.Slice, workflow.RegisterOptions{Name: workflows.SliceType})
	f.register(w)
	require.NoError(b, w.Start())
	defer w.Stop()
	run, err := c.ExecuteWorkflow(b.Context(), client.StartWorkflowOptions{ID: name, TaskQueue: name}, workflows.DeployType, made.request())
	require.NoError(b, err)
	var times []time.Duration
	// As often as some people and programs together ask; as fast as possible would
	// measure how questions wait for each other.
	every := time.NewTicker(100 * time.Millisecond)
	defer every.Stop()
	for {
		<-every.C
		began := time.Now()
		snapshot, err := operation.Look(b.Context(), c, operation.Run{Deployment: name, ID: run.GetRunID(), Type: workflows.DeployType})
		took := time.Since(began)
		require.NoError(b, err)
		require.False(b, snapshot.Unanswered, "%v", snapshot.Notes)
		switch snapshot.Status.State {
		case deploy.StateRunning:
			if len(snapshot.Status.Steps) > 0 {
				times = append(times, took)
			}
		case deploy.StatePlanning:
		default:
			require.Equal(b, deploy.StateDone, snapshot.Status.State, "%v", snapshot.Status.Failures)
			require.NotEmpty(b, times)
			return times
		}
	}
}
