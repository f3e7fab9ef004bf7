package e2e

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/lab/labtest"
)

// TestSlices: a deployment that is cut into slices is looked at, decided about and taken up
// as any other. Its machines are simulated: two fail once, and one is slow.
func TestSlices(t *testing.T) {
	labtest.NeedEngine(t)
	const base, nodes = 21600, 120
	faults := `[{"what": "puppet", "node": "storage-5", "times": 1}, {"what": "puppet", "node": "storage-110", "times": 1}, {"what": "slow", "node": "storage-7", "factor": 20}]`
	l := labtest.Start(t, "e2eslices", base, "--simulate", "--simulate-scale", "0.1", "--simulate-faults", faults,
		"--fleet-port", strconv.Itoa(base+6), "--ssh-port", strconv.Itoa(base+7))
	r := l.Aiolos(t, "deploy", "pool", "testdata/flat.yaml", "-p", "nodes="+strconv.Itoa(nodes))
	require.Equal(t, 3, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	s := l.Status(t, "pool")
	require.Equal(t, deploy.StateNeedsAttention, s.State)
	require.True(t, s.Simulated)
	require.Len(t, s.Failures, 2)
	require.Len(t, s.Nodes, nodes)
	// Whoever looks after thousands wants nobody to wait for the slow one who need not.
	slow := stepOf(t, s, "glusterup", "storage-7")
	for i := range nodes {
		name := labtest.Storage(i)
		switch up := stepOf(t, s, "glusterup", name); name {
		case "storage-5", "storage-110":
			require.Equal(t, deploy.StepWaiting, up.State)
		case "storage-7":
		default:
			require.Equal(t, deploy.StepDone, up.State, name)
			if slow.Finished != nil {
				require.True(t, up.Finished.Before(*slow.Finished), "%s waited for storage-7", name)
			}
		}
	}

	// A worker that dies in between changes nothing.
	l.RestartWorker(t)
	r = l.Aiolos(t, "retry", "pool", "configure", "--node", "storage-110", "--by", "ann")
	require.Contains(t, []int{0, 3}, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	labtest.Eventually(t, "the retried one is done", time.Minute, func() bool {
		return stepOf(t, l.Status(t, "pool"), "glusterup", "storage-110").State == deploy.StepDone
	})
	before := nodeOf(t, l.Status(t, "pool"), "storage-5").ID
	r = l.Aiolos(t, "replace-node", "pool", "storage-5", "--by", "ann")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	s = l.Status(t, "pool")
	require.Equal(t, deploy.StateDone, s.State)
	require.Empty(t, s.Failures)
	require.NotEqual(t, before, nodeOf(t, s, "storage-5").ID)
	for _, step := range s.Steps {
		require.Equal(t, deploy.StepDone, step.State, "%s on %s", step.Name, step.Node)
	}
	f := fleetFigures(t, base+6)
	require.Equal(t, nodes, f.Machines)

	// Once more, nothing is to be done; then all of it goes.
	again := l.Deploy(t, "pool", "testdata/flat.yaml", "-p", "nodes="+strconv.Itoa(nodes))
	require.Equal(t, deploy.StateDone, again.State)
	require.Equal(t, 0, l.Aiolos(t, "destroy", "pool", "--confirm", "pool").Code)
	require.Zero(t, fleetFigures(t, base+6).Machines)

	require.Equal(t, deploy.StateDone, l.Deploy(t, "sliced", "testdata/sliced.yaml").State)
	l.Record(t, "sliced", "sliced")
	l.Record(t, "sliced/front/0-99", "slices/sliced")
}

func stepOf(t *testing.T, s deploy.Status, step, node string) deploy.StepStatus {
	t.Helper()
	for _, one := range s.Steps {
		if one.Name == step && one.Node == node {
			return one
		}
	}
	require.Fail(t, "there is no such step", "%s on %s", step, node)
	return deploy.StepStatus{}
}

func nodeOf(t *testing.T, s deploy.Status, node string) deploy.NodeStatus {
	t.Helper()
	for _, n := range s.Nodes {
		if n.Name == node {
			return n
		}
	}
	require.Fail(t, "there is no such node", node)
	return deploy.NodeStatus{}
}
