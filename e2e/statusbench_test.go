package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"aiolos/deploy"
	"aiolos/lab/labtest"
	"aiolos/starter/operation"
	"aiolos/workflows"
)

// BenchmarkStatus asks a busy deployment for its status, as `aiolos status` does: its nodes are
// simulated ones that take three times as long as the lab's, since they take their processor time
// from worker and server here, and nowhere else. It tells the 95th percentile, in milliseconds.
func BenchmarkStatus(b *testing.B) {
	labtest.NeedEngine(b)
	const base = 21500
	for _, nodes := range []int{3, 200} {
		b.Run(fmt.Sprintf("%d nodes", nodes), func(b *testing.B) {
			l := labtest.Start(b, "benchstatus", base, "--simulate", "--simulate-scale", "3", "--fleet-port", strconv.Itoa(base+6), "--ssh-port", strconv.Itoa(base+7))
			c := labtest.Dial(b, l.Address())
			var times []time.Duration
			for deployed := 0; len(times) < 400; deployed++ {
				name := fmt.Sprintf("busy%d", deployed)
				r := l.Aiolos(b, "deploy", name, "glusterfs", "-p", "nodes="+strconv.Itoa(nodes), "--detach")
				require.Equal(b, 0, r.Code, r.Stderr)
				times = append(times, askWhileBusy(b, c, name)...)
			}
			slices.Sort(times)
			milliseconds := func(of float64) float64 { return float64(times[int(of*float64(len(times)-1))].Microseconds()) / 1000 }
			b.ReportMetric(milliseconds(0.95), "p95-ms")
			b.ReportMetric(milliseconds(0.5), "median-ms")
			b.ReportMetric(float64(len(times)), "questions")
		})
	}
}

// askWhileBusy asks ten times a second until the deployment is done: as often as some people
// and programs together do. As fast as possible would measure how questions wait for each other.
func askWhileBusy(b *testing.B, c client.Client, name string) []time.Duration {
	b.Helper()
	every := time.NewTicker(100 * time.Millisecond)
	defer every.Stop()
	var times []time.Duration
	for {
		<-every.C
		began := time.Now()
		snapshot, err := operation.Look(b.Context(), c, operation.Run{Deployment: name, Type: workflows.DeployType})
		took := time.Since(began)
		require.NoError(b, err)
		require.False(b, snapshot.Unanswered, "%v", snapshot.Notes)
		switch snapshot.Status.State {
		case deploy.StateRunning:
			times = append(times, took)
		case deploy.StatePlanning:
		default:
			require.Equal(b, deploy.StateDone, snapshot.Status.State, "%v", snapshot.Status.Failures)
			return times
		}
	}
}
