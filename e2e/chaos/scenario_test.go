package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"aiolos/deploy"
	"aiolos/lab/labtest"
	"aiolos/workflows"
)

// scenario is one fault: what is deployed, what breaks, and when.
type scenario struct {
	name string
	// short: it is part of the selection that every change is tested with.
	short bool
	run   func(*run)
}

// run is a scenario that runs, on a deployment of its own.
type run struct {
	*testing.T
	*rig
	rng  *rand.Rand
	name string
	// struck is when the fault struck, and after how long all was well again.
	struck    time.Time
	recovered time.Duration
	// jobs is how many jobs of the step configure each node may have; 1 unless set.
	jobs map[string]int
}

// patience is how long a deployment may take to get over a fault.
const patience = 5 * time.Minute

func newRun(t *testing.T, r *rig, name string, number int, seed uint64) *run {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(name))
	return &run{T: t, rig: r, name: fmt.Sprintf("c%d", number), rng: rand.New(rand.NewPCG(seed, sum.Sum64())), jobs: map[string]int{}} //nolint:gosec // repeatable
}

// strike notes that the fault strikes now.
func (r *run) strike() { r.struck = time.Now() }

// some is one of the pool's nodes, by the seed.
func (r *run) some(nodes int) string { return labtest.Storage(r.rng.IntN(nodes)) }

// at has something done at a moment of the deployment.
func (r *run) at(activity string, p point, do func() (lose bool)) {
	r.temporal.at(moment{r.name, activity, p}, func() bool {
		r.strike()
		return do()
	})
}

// upon returns what is closed at a moment of the deployment, which goes on.
func (r *run) upon(activity string, p point) <-chan struct{} {
	reached := make(chan struct{})
	r.temporal.at(moment{r.name, activity, p}, func() bool {
		close(reached)
		return false
	})
	return reached
}

// await waits for a moment.
func (r *run) await(reached <-chan struct{}) {
	r.Helper()
	select {
	case <-reached:
	case <-time.After(2 * time.Minute):
		require.FailNow(r, "the moment of the fault never came")
	}
}

// start starts to deploy a pool.
func (r *run) start(nodes int, args ...string) {
	r.Helper()
	r.begin("glusterfs", append([]string{"-p", "nodes=" + strconv.Itoa(nodes)}, args...)...)
}

// begin starts to deploy, and does not wait.
func (r *run) begin(blueprint string, args ...string) {
	r.Helper()
	answer := r.Aiolos(r.T, append([]string{"deploy", r.name, blueprint, "--detach"}, args...)...)
	require.Equal(r, 0, answer.Code, "%s\n%s", answer.Stdout, answer.Stderr)
}

// paused is what settle returns for a deployment that waits for a decision.
const paused = "paused"

// settle waits until the newest operation has ended, or is paused, and says which.
func (r *run) settle() string {
	r.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		answer, err := r.client.DescribeWorkflowExecution(ctx, r.name, "")
		cancel()
		if err != nil {
			continue
		}
		info := answer.GetWorkflowExecutionInfo()
		if info.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return info.GetStatus().String()
		}
		var state string
		_ = json.Unmarshal(info.GetSearchAttributes().GetIndexedFields()[workflows.StateAttribute].GetData(), &state)
		if state == string(deploy.StateNeedsAttention) {
			return paused
		}
	}
	status := r.Aiolos(r.T, "status", r.name)
	require.FailNow(r, "nothing came of it", "within %s\n%s\n%s", patience, status.Stdout, status.Stderr)
	return ""
}

// completes wants the operation to get over the fault by itself.
func (r *run) completes() {
	r.Helper()
	if end := r.settle(); end != enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED.String() {
		status := r.Aiolos(r.T, "status", r.name)
		require.FailNow(r, "it did not complete", "%s\n%s\n%s", end, status.Stdout, status.Stderr)
	}
	r.over()
}

// over notes that all is well again.
func (r *run) over() {
	if !r.struck.IsZero() && r.recovered == 0 {
		r.recovered = time.Since(r.struck)
	}
}

// pauses wants the operation to wait for a decision, and to say why.
func (r *run) pauses(says ...string) {
	r.Helper()
	require.Equal(r, paused, r.settle())
	status := r.Aiolos(r.T, "status", r.name)
	for _, s := range says {
		require.Contains(r, status.Stdout, s)
	}
}

// decide sends a decision.
func (r *run) decide(args ...string) {
	r.Helper()
	answer := r.Aiolos(r.T, append(args, "--detach")...)
	require.Equal(r, 0, answer.Code, "%v:\n%s\n%s", args, answer.Stdout, answer.Stderr)
}

// good looks at everything from outside: exactly these nodes, Puppet never twice at
// once on any of them, the volume as it was asked for.
func (r *run) good(nodes int) {
	r.Helper()
	r.PoolIsGood(r.T, r.name, nodes)
	ids := r.Containers(r.T, r.name)
	for i := range nodes {
		r.onePuppetAtATime(labtest.Storage(i), ids[labtest.Storage(i)])
	}
	out := labtest.Docker(r.T, "ps", "-aq", "--filter", "label=aiolos.lab="+r.Lab.Name)
	require.Len(r, strings.Fields(out), nodes, "containers that nobody knows of")
}

// onePuppetAtATime compares when the Puppet runs of a node began and ended.
func (r *run) onePuppetAtATime(node, id string) {
	r.Helper()
	most := max(1, r.jobs[node])
	// The time since boot, at which a script began, and at which it ended.
	out := labtest.On(r.T, id, `for d in /var/lib/aiolos/jobs/*.configure.*; do if [ -s "$d/exit" ]; then cat "$d/exit"; fi; done | awk '$2 > 0 {print $2, $3}' | sort -n`)
	var last float64
	count := 0
	for line := range strings.Lines(out) {
		var begin, end float64
		_, err := fmt.Sscan(line, &begin, &end)
		require.NoError(r, err, line)
		require.GreaterOrEqual(r, begin, last, "two Puppet runs at once on %s:\n%s", node, out)
		last = end
		count++
	}
	require.LessOrEqual(r, count, most, "Puppet ran too often on %s", node)
}

// destroy ends the deployment, and wants nothing to be left.
func (r *run) destroy() {
	r.Helper()
	answer := r.Aiolos(r.T, "destroy", r.name, "--confirm", r.name)
	require.Equal(r, 0, answer.Code, "%s\n%s", answer.Stdout, answer.Stderr)
	r.nothingLeft(r.T)
}

// node returns the container that is a node, once there is one.
func (r *run) node(node string) string {
	r.Helper()
	var id string
	labtest.Eventually(r.T, node+" exists", time.Minute, func() bool {
		id = r.Containers(r.T, r.name)[node]
		return id != ""
	})
	return id
}

// quietly runs a script on a node and ignores how it ends. It may be called in a
// proxy's call, and so never ends the test.
func (r *run) quietly(node, script string) {
	_ = exec.Command("docker", "exec", r.Container(r.name, node), "sh", "-c", script).Run()
}

// keep writes a file into the pool's volume, and kept looks whether it is there.
func (r *run) keep() {
	r.Helper()
	labtest.On(r.T, r.node("storage-0"), "mkdir -p /m && mount -t glusterfs "+r.name+"-storage-0:/vol01 /m && seq 500 | while read i; do echo $i > /m/kept$i; done; umount /m")
}

func (r *run) kept() {
	r.Helper()
	require.Equal(r, "500", labtest.On(r.T, r.node("storage-1"), "mkdir -p /m && mount -t glusterfs "+r.name+"-storage-1:/vol01 /m && cat /m/kept* | sort -nu | wc -l; umount /m"))
}
