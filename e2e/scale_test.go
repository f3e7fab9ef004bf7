package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
	"aiolos/internal/fleet"
	"aiolos/lab/labtest"
	"aiolos/workflows"
)

// scaleRow is what deploying so many nodes took.
type scaleRow struct {
	nodes         int
	wall, slowest float64
	// events and bytes are the sums over all histories, parent and child those of the
	// deployment's own and of the largest slice's.
	events, bytes                      int64
	parentEvents, parentBytes          int64
	childEvents, childBytes            int64
	connections, calls, jobs           int64
	workerCPU, serverCPU, workerMemory float64
	// replay is the processor time that it takes to replay all histories, the deployment's and its slices'.
	replay float64
}

// TestScale deploys ever more simulated nodes, and holds what grows against how the nodes
// do: events, connections and calls, not seconds. AIOLOS_SCALE_SIZES measures other sizes,
// at the pace of the lab: `make bench-scale`.
func TestScale(t *testing.T) {
	labtest.NeedEngine(t)
	sizes, pace := []int{120, 240, 480}, "0.1"
	if wanted := os.Getenv("AIOLOS_SCALE_SIZES"); wanted != "" {
		sizes, pace = nil, "1"
		for _, s := range strings.Fields(wanted) {
			n, err := strconv.Atoi(s)
			require.NoError(t, err)
			sizes = append(sizes, n)
		}
	}
	var rows []scaleRow
	for _, n := range sizes {
		// Of each size in a lab of its own, so that none pays for those before it.
		t.Run(fmt.Sprintf("%d nodes", n), func(t *testing.T) { rows = append(rows, scaled(t, n, pace)) })
	}
	if t.Failed() {
		return
	}
	t.Log(scaleTable(rows))
	// To be cut into slices costs something once; it is what comes then that must not grow faster than the nodes.
	sliced := slices.DeleteFunc(slices.Clone(rows), func(r scaleRow) bool { return r.nodes <= 100 })
	for name, of := range map[string]func(scaleRow) float64{
		"events in all":         func(r scaleRow) float64 { return float64(r.events) },
		"bytes in all":          func(r scaleRow) float64 { return float64(r.bytes) },
		"connections":           func(r scaleRow) float64 { return float64(r.connections) },
		"jobs":                  func(r scaleRow) float64 { return float64(r.jobs) },
		"calls of the provider": func(r scaleRow) float64 { return float64(r.calls) },
	} {
		if len(sliced) > 1 {
			require.LessOrEqual(t, exponent(sliced, of), 1.05, name)
		}
	}
	for _, r := range rows {
		if os.Getenv("AIOLOS_SCALE_SIZES") == "" {
			// Attempts while a machine boots count; these boot in a tenth of a second.
			require.LessOrEqual(t, r.connections, int64(3*r.nodes))
		}
		require.EqualValues(t, 2*r.nodes, r.jobs, "each job once: Puppet, and the script")
		// Half of what Temporal allows a history: 51,200 events, 50 MB.
		for _, events := range []int64{r.parentEvents, r.childEvents} {
			require.Less(t, events, int64(51_200/2))
		}
		for _, bytes := range []int64{r.parentBytes, r.childBytes} {
			require.Less(t, bytes, int64(50<<20/2))
		}
	}
}

func scaled(t *testing.T, nodes int, pace string) scaleRow {
	const base = 21400
	l := labtest.Start(t, "e2escale", base, "--simulate", "--simulate-scale", pace, "--fleet-port", strconv.Itoa(base+6), "--ssh-port", strconv.Itoa(base+7))
	before := cpuOf(t, l)
	began := time.Now()
	outcome := l.Deploy(t, "flat", "testdata/flat.yaml", "-p", "nodes="+strconv.Itoa(nodes))
	row := scaleRow{nodes: nodes, wall: time.Since(began).Seconds()}
	after := cpuOf(t, l)
	require.Equal(t, deploy.StateDone, outcome.State)
	require.Len(t, outcome.Nodes, nodes)
	require.True(t, outcome.Simulated)

	f := fleetFigures(t, base+6)
	row.slowest, row.connections, row.calls, row.jobs = f.SlowestSeconds, f.Connections, f.Calls, f.Jobs
	row.workerCPU, row.serverCPU = after["aiolos-worker"]-before["aiolos-worker"], after["aiolos-lab"]-before["aiolos-lab"]
	row.workerMemory = peakMemory(t, l)

	c := labtest.Dial(t, l.Address())
	labtest.Eventually(t, "the histories are told", time.Minute, func() bool {
		found, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowId STARTS_WITH 'flat'", PageSize: 1000})
		require.NoError(t, err)
		row.events, row.bytes = 0, 0
		for _, e := range found.GetExecutions() {
			events, bytes := e.GetHistoryLength(), e.GetHistorySizeBytes()
			row.events, row.bytes = row.events+events, row.bytes+bytes
			if e.GetExecution().GetWorkflowId() == "flat" {
				row.parentEvents, row.parentBytes = events, bytes
			} else {
				row.childEvents, row.childBytes = max(row.childEvents, events), max(row.childBytes, bytes)
			}
		}
		count := 0
		if nodes > 100 {
			count = (nodes + 99) / 100
		}
		return row.parentEvents > 0 && len(found.GetExecutions()) == 1+count
	})
	row.replay = replaySeconds(t, l, "flat")
	return row
}

// replaySeconds replays the history of a deployment, and those of its slices, with the code of
// today, and tells how many seconds of a processor that took.
func replaySeconds(t *testing.T, l *labtest.Lab, id string) float64 {
	t.Helper()
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	replayer.RegisterWorkflowWithOptions(workflows.Slice, workflow.RegisterOptions{Name: workflows.SliceType})
	histories := map[string]*history.History{id: l.Events(t, id)}
	for _, e := range histories[id].GetEvents() {
		if child := e.GetChildWorkflowExecutionStartedEventAttributes().GetWorkflowExecution(); child != nil {
			histories[child.GetWorkflowId()] = l.Events(t, child.GetWorkflowId())
		}
	}
	var before float64
	// The first of a process sums up its own program, which takes a while, once.
	for _, round := range []string{"first", "measured"} {
		before = ownCPU(t)
		for id, history := range histories {
			require.NoError(t, replayer.ReplayWorkflowHistoryWithOptions(labtest.Quiet(), history,
				worker.ReplayWorkflowHistoryOptions{OriginalExecution: workflow.Execution{ID: id}}))
			if round == "first" {
				break
			}
		}
	}
	return ownCPU(t) - before
}

// ownCPU is how long this process has kept a processor, in seconds.
func ownCPU(t *testing.T) float64 {
	t.Helper()
	var used syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

// exponent is that with which something grows with the nodes: the slope of the line that
// fits its logarithm over that of the nodes best.
func exponent(rows []scaleRow, of func(scaleRow) float64) float64 {
	var x, y, xx, xy float64
	for _, r := range rows {
		lx, ly := math.Log(float64(r.nodes)), math.Log(max(of(r), 1))
		x, y, xx, xy = x+lx, y+ly, xx+lx*lx, xy+lx*ly
	}
	n := float64(len(rows))
	return (n*xy - x*y) / (n*xx - x*x)
}

func scaleTable(rows []scaleRow) string {
	var b strings.Builder
	b.WriteString("\n| nodes | seconds | slowest node's own | worker CPU s | worker MB | server CPU s | events, parent | MB, parent | events, largest slice | MB, largest slice | events in all | connections | provider calls | replay CPU s |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	const mb = 1 << 20
	for _, r := range rows {
		fmt.Fprintf(&b, "| %d | %.1f | %.1f | %.1f | %.0f | %.1f | %d | %.2f | %d | %.2f | %d | %d | %d | %.2f |\n", r.nodes, r.wall, r.slowest, r.workerCPU, r.workerMemory, r.serverCPU,
			r.parentEvents, float64(r.parentBytes)/mb, r.childEvents, float64(r.childBytes)/mb, r.events, r.connections, r.calls, r.replay)
	}
	fmt.Fprintf(&b, "| exponent | %.2f | %.2f | %.2f | %.2f | %.2f | | | | | %.2f | %.2f | %.2f | %.2f |\n",
		exponent(rows, func(r scaleRow) float64 { return r.wall }), exponent(rows, func(r scaleRow) float64 { return r.slowest }),
		exponent(rows, func(r scaleRow) float64 { return r.workerCPU }), exponent(rows, func(r scaleRow) float64 { return r.workerMemory }),
		exponent(rows, func(r scaleRow) float64 { return r.serverCPU }), exponent(rows, func(r scaleRow) float64 { return float64(r.events) }),
		exponent(rows, func(r scaleRow) float64 { return float64(r.connections) }), exponent(rows, func(r scaleRow) float64 { return float64(r.calls) }),
		exponent(rows, func(r scaleRow) float64 { return 1000 * r.replay }))
	return b.String()
}

func fleetFigures(t *testing.T, port int) fleet.Figures {
	t.Helper()
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/v1/figures", port))
	require.NoError(t, err)
	defer response.Body.Close()
	var counted fleet.Figures
	require.NoError(t, json.NewDecoder(response.Body).Decode(&counted))
	return counted
}

// processes are the lab's, by what they are: the lab itself, and its worker.
func processes(t *testing.T, l *labtest.Lab) map[string]int {
	t.Helper()
	all := map[string]int{"aiolos-lab": l.PID(t)}
	found, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	for _, stat := range found {
		fields := statOf(stat)
		if len(fields) > 1 && fields[1] == strconv.Itoa(l.PID(t)) {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(stat), "comm"))
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(stat)))
			if name := strings.TrimSpace(string(command)); name == "aiolos-worker" {
				all[name] = pid
			}
		}
	}
	require.Contains(t, all, "aiolos-worker")
	return all
}

// statOf are the fields of proc_pid_stat(5) after the command's name, from the state on.
func statOf(path string) []string {
	text, _ := os.ReadFile(path)
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest)
}

// cpuOf is how long the lab's processes have kept a processor, in seconds.
func cpuOf(t *testing.T, l *labtest.Lab) map[string]float64 {
	t.Helper()
	const ticks = 100 // sysconf(_SC_CLK_TCK), on every Linux that Go runs on
	used := map[string]float64{}
	for name, pid := range processes(t, l) {
		fields := statOf(fmt.Sprintf("/proc/%d/stat", pid))
		user, _ := strconv.ParseFloat(fields[11], 64)
		system, _ := strconv.ParseFloat(fields[12], 64)
		used[name] = (user + system) / ticks
	}
	return used
}

// peakMemory is how much the worker had resident at most, in MiB.
func peakMemory(t *testing.T, l *labtest.Lab) float64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", processes(t, l)["aiolos-worker"]))
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		var kib float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kib); err == nil {
			return kib / 1024
		}
	}
	return 0
}
