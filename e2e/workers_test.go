package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"aiolos/deploy"
	"aiolos/deploy/timing"
	"aiolos/lab/labtest"
)

// TestWorkers deploys with three workers on one task queue, kills one that follows a
// Puppet run on a real node, and adds another: what the dead one did goes on elsewhere,
// and no run is made twice.
func TestWorkers(t *testing.T) {
	labtest.NeedEngine(t)
	l := labtest.Start(t, "e2eworkers", 21133)
	l.AnotherWorker(t)
	l.AnotherWorker(t)
	r := l.Aiolos(t, "deploy", "shared", "glusterfs", "-p", "nodes=3", "--detach")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	labtest.Eventually(t, "Puppet runs on all three nodes", time.Minute, func() bool {
		ids := l.Containers(t, "shared")
		for _, id := range ids {
			out, err := exec.Command("docker", "exec", id, "ps", "-eo", "args").Output()
			if err != nil || !strings.Contains(string(out), "puppet apply") {
				return false
			}
		}
		return len(ids) == 3
	})
	c := labtest.Dial(t, l.Address())
	followed := following(t, c, "shared")
	victim := kill(t, followed)
	l.AnotherWorker(t)

	r = l.Aiolos(t, "watch", "shared")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	l.PoolIsGood(t, "shared", 3)
	for node, id := range l.Containers(t, "shared") {
		require.Equal(t, "1", labtest.On(t, id, "ls -d /var/lib/aiolos/jobs/*.configure.* | wc -l"), "Puppet ran more than once on %s", node)
		require.Equal(t, "1", labtest.On(t, id, "journalctl -q -t configure | grep -c 'Applied catalog' || true"), "Puppet applied more than once on %s", node)
	}
	done := doers(t, l, "shared")
	for id, worker := range followed {
		if worker == victim {
			require.NotEqual(t, victim, done[id], "%s was taken up by another worker", id)
			require.NotEmpty(t, done[id])
		}
	}
	timed(t, l, "shared")
}

// crowd is a blueprint that has work for every node after the slowest one's Puppet run.
const crowd = `name: crowd
parameters: {nodes: {type: integer, minimum: 1}}
groups: {storage: {count: "${params.nodes}", profile: small-x86_64}}
steps:
  configure: {on: storage, puppet: {module: glusterfs}}
  serve: {on: storage, needs: [{step: configure, of: all}], run: {script: "true"}}
`

// TestManyWorkers does the same to a hundred simulated machines, and compares what was
// done with what a deployment in peace does.
func TestManyWorkers(t *testing.T) {
	labtest.NeedEngine(t)
	const nodes = 90
	l := labtest.Start(t, "e2emanyworkers", 21143, "--simulate", "--fleet-port", "21150", "--ssh-port", "21151")
	workers := []*labtest.Worker{l.AnotherWorker(t), l.AnotherWorker(t)}
	blueprint := filepath.Join(t.TempDir(), "crowd.yaml")
	require.NoError(t, os.WriteFile(blueprint, []byte(crowd), 0o600))
	size := "nodes=" + strconv.Itoa(nodes)
	l.Deploy(t, "peace", blueprint, "-p", size)
	peace := fleetFigures(t, 21150)
	require.Equal(t, nodes, peace.Machines)

	r := l.Aiolos(t, "deploy", "war", blueprint, "-p", size, "--detach")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	c := labtest.Dial(t, l.Address())
	var followed map[string]string
	labtest.Eventually(t, "Puppet runs on most nodes", time.Minute, func() bool {
		followed = following(t, c, "war")
		return len(followed) > nodes/2
	})
	victim := kill(t, followed)
	added := l.AnotherWorker(t)
	r = l.Aiolos(t, "watch", "war")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)

	done := doers(t, l, "war")
	for id, worker := range followed {
		if worker == victim {
			require.NotEqual(t, worker, done[id], "%s was taken up by another worker", id)
		}
	}
	count := map[string]int{}
	for _, worker := range done {
		count[worker]++
	}
	for _, w := range workers {
		if w.Identity() != victim {
			require.Positive(t, count[w.Identity()], "who was there already takes its share of what the dead one did: %v", count)
		}
	}
	require.Positive(t, count[added.Identity()], "who comes later gets work, too: %v", count)
	require.Positive(t, open(t, added), "it has connections of its own")

	war := fleetFigures(t, 21150)
	require.Equal(t, 2*nodes, war.Machines)
	require.Equal(t, 2*peace.Jobs, war.Jobs, "no job ran twice")
	for name, told := range map[string]timing.Timing{"in peace": timed(t, l, "peace"), "with one killed and one added": timed(t, l, "war")} {
		t.Logf("%d nodes, three workers, %s: %.1f s, %.1f nodes a second; the bound is %.1f s", nodes, name, told.Wall.Seconds(), nodes/told.Wall.Seconds(), told.Bound.Seconds())
	}
}

// kill ends the worker that follows most of these runs, and tells its identity. It may be
// the lab's own, which the lab starts again under another one.
func kill(t *testing.T, followed map[string]string) string {
	t.Helper()
	follows := map[string]int{}
	victim := ""
	for _, worker := range followed {
		follows[worker]++
		if follows[worker] > follows[victim] {
			victim = worker
		}
	}
	pid, _, _ := strings.Cut(victim, "@")
	number, err := strconv.Atoi(pid)
	require.NoError(t, err, "%v", followed)
	require.NoError(t, syscall.Kill(number, syscall.SIGKILL))
	return victim
}

// following tells for each Puppet run under way which worker follows it.
func following(t *testing.T, c client.Client, deployment string) map[string]string {
	t.Helper()
	described, err := c.DescribeWorkflowExecution(context.Background(), deployment, "")
	require.NoError(t, err)
	workers := map[string]string{}
	for _, p := range described.GetPendingActivities() {
		if strings.HasPrefix(p.GetActivityId(), "configure/") && p.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED {
			workers[p.GetActivityId()] = p.GetLastWorkerIdentity()
		}
	}
	return workers
}

// doers tells for each activity which worker ended it.
func doers(t *testing.T, l *labtest.Lab, deployment string) map[string]string {
	t.Helper()
	names, workers := map[int64]string{}, map[string]string{}
	for _, e := range l.Events(t, deployment).GetEvents() {
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
			names[e.GetEventId()] = a.GetActivityId()
		}
		if a := e.GetActivityTaskCompletedEventAttributes(); a != nil {
			workers[names[a.GetScheduledEventId()]] = a.GetIdentity()
		}
	}
	return workers
}

// timed reads the timing of a deployment, and wants it to be one.
func timed(t *testing.T, l *labtest.Lab, deployment string) timing.Timing {
	t.Helper()
	r := l.Aiolos(t, "timing", deployment, "--json")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	var told timing.Timing
	require.NoError(t, json.Unmarshal([]byte(r.Stdout), &told))
	require.Equal(t, deploy.StateDone, told.State)
	require.LessOrEqual(t, told.Bound, told.Wall)
	sum := 0.0
	for _, s := range told.Shares {
		sum += s.Of
	}
	require.InDelta(t, 1, sum, 1e-6)
	require.True(t, slices.ContainsFunc(told.Path, func(l timing.Leg) bool { return l.Step == "configure" && l.Kind == timing.Working }))
	return told
}

// open is how many SSH connections a worker has.
func open(t *testing.T, w *labtest.Worker) int {
	t.Helper()
	response, err := http.Get("http://" + w.Health + "/metrics")
	require.NoError(t, err)
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		var n int
		if _, err := fmt.Sscanf(lines.Text(), "aiolos_ssh_connections %d", &n); err == nil {
			return n
		}
	}
	t.Fatal("the worker does not tell its connections")
	return 0
}
