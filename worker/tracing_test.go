package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
	"aiolos/internal/telemetry/otlptest"
	"aiolos/lab/labtest"
	"aiolos/workflows"
)

// traceEnvironment has spans sent to a receiver.
func traceEnvironment(t *testing.T) *otlptest.Receiver {
	t.Helper()
	receiver := otlptest.Start(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.URL)
	return receiver
}

// flush has everything sent.
func (r *rig) flush(t *testing.T) {
	t.Helper()
	require.NoError(t, r.see.tracing.Flush(t.Context()))
}

// connected wants all spans of a trace to hang together, and returns them by name.
func connected(t *testing.T, spans []otlptest.Span) map[string][]otlptest.Span {
	t.Helper()
	ids, named, roots := map[string]bool{}, map[string][]otlptest.Span{}, 0
	for _, s := range spans {
		require.Equal(t, spans[0].Trace, s.Trace, s.Name)
		require.False(t, ids[s.ID], "%s came twice", s.Name)
		ids[s.ID] = true
		named[s.Name] = append(named[s.Name], s)
	}
	for _, s := range spans {
		if s.Parent == "" {
			roots++
			continue
		}
		require.True(t, ids[s.Parent], "the parent of %s is not there", s.Name)
	}
	require.Equal(t, 1, roots)
	return named
}

// TestOneTrace follows one deployment from who starts it to the commands on nodes.
func TestOneTrace(t *testing.T) {
	receiver := traceEnvironment(t)
	r := newRig(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, r.deploy(ctx, t, "two", pair).Get(ctx, nil))
	// Queries run the workflow once more, and are no part of it.
	_, err := r.temporal.QueryWorkflow(ctx, "two", "", workflows.StatusQuery)
	require.NoError(t, err)
	r.worker.Stop()
	_, err = r.temporal.DescribeWorkflowExecution(ctx, "two", "")
	require.NoError(t, err)
	r.flush(t)

	spans := connected(t, receiver.Spans())
	for name, n := range map[string]int{
		"StartWorkflow:Deploy": 1, "RunWorkflow:Deploy": 1, "RunActivity:Plan": 1, "RunActivity:Launch": 1, "RunActivity:Connect": 2,
		"provider find": 1, "provider launch": 1, "ssh await": 2, "ssh command": 4, // the boot ID, and old jobs
	} {
		require.Len(t, spans[name], n, name)
	}
	command := spans["ssh command"][0]
	require.Contains(t, []string{spans["RunActivity:Connect"][0].ID, spans["RunActivity:Connect"][1].ID}, command.Parent)
	require.Equal(t, "two", command.Attributes["deployment"])
	require.Contains(t, []string{"web-0", "web-1"}, command.Attributes["node"])
	require.Equal(t, "ok", command.Attributes["result"])
	require.Equal(t, "aiolos-worker", command.Service)
}

// TestTraceOutlivesItsWorker starts a deployment without a trace parent, has its
// worker stop in the middle, and finds one trace all the same, with the workflow as
// one span that is as long as the workflow.
func TestTraceOutlivesItsWorker(t *testing.T) {
	receiver := traceEnvironment(t)
	r := newRig(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run, err := labtest.Dial(t, addressOf(t)).ExecuteWorkflow(ctx, startOptions("waits"), workflows.DeployType, deploy.Request{
		Source: "name: waits\ngroups: {web: {count: 1, profile: small}}\nsteps: {up: {on: web, await: {signal: up}}}\n",
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return r.awaits(ctx) }, 30*time.Second, 20*time.Millisecond)
	r.worker.Stop()
	worker.PurgeStickyWorkflowCache()
	r.start(t)
	require.NoError(t, r.temporal.SignalWorkflow(ctx, "waits", "", workflows.NodeSignal, workflows.NodeMessage{Node: "web-0", Name: "up", Value: "1"}))
	require.NoError(t, run.Get(ctx, nil))
	r.flush(t)

	var spans []otlptest.Span
	for _, s := range receiver.Spans() {
		// The signal is sent by somebody else, who has a trace of their own.
		if s.Name != "SignalWorkflow:node-signal" && s.Name != "HandleSignal:node-signal" {
			spans = append(spans, s)
		}
	}
	named := connected(t, spans)
	require.Len(t, named["RunWorkflow:Deploy"], 1)
	whole := named["RunWorkflow:Deploy"][0]
	for _, s := range spans {
		require.LessOrEqual(t, whole.Start, s.Start, s.Name)
		require.GreaterOrEqual(t, whole.End, s.End, s.Name)
	}
}

// awaits says whether the step of the deployment waits for its signal.
func (r *rig) awaits(ctx context.Context) bool {
	answer, err := r.temporal.QueryWorkflow(ctx, "waits", "", workflows.StatusQuery)
	var status deploy.Status
	return err == nil && answer.Get(&status) == nil && len(status.Steps) == 3 && status.Steps[2].State == deploy.StepRunning
}

// TestTracedHistoriesReplay replays what ran with traces without them, and what ran
// without them with traces.
func TestTracedHistoriesReplay(t *testing.T) {
	traceEnvironment(t)
	r := newRig(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, r.deploy(ctx, t, "two", pair).Get(ctx, nil))
	h := &historypb.History{}
	for events := r.temporal.GetWorkflowHistory(ctx, "two", "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		require.NoError(t, err)
		h.Events = append(h.Events, e)
	}
	plain := worker.NewWorkflowReplayer()
	plain.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	require.NoError(t, plain.ReplayWorkflowHistory(labtest.Quiet(), h))

	all, err := traced(r.see.tracing)
	require.NoError(t, err)
	var interceptors []interceptor.WorkerInterceptor
	for _, i := range all {
		interceptors = append(interceptors, i.(interceptor.WorkerInterceptor))
	}
	tracedReplayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{Interceptors: interceptors})
	require.NoError(t, err)
	tracedReplayer.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	tracedReplayer.RegisterWorkflowWithOptions(workflows.Destroy, workflow.RegisterOptions{Name: workflows.DestroyType})
	require.NoError(t, tracedReplayer.ReplayWorkflowHistory(labtest.Quiet(), h))
	for _, name := range []string{"plain", "retried", "rolledback", "cancelled", "destroyed"} {
		require.NoError(t, tracedReplayer.ReplayWorkflowHistoryFromJSONFile(labtest.Quiet(), "../workflows/testdata/histories/"+name+".json"), name)
	}
}

// TestTracesTellNoSecrets has a step fail with words that must not get into a store
// of traces.
func TestTracesTellNoSecrets(t *testing.T) {
	receiver := traceEnvironment(t)
	r := newRig(t)
	r.deeds.Hosts.(*observedHosts).Hosts = hostsOfWords{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.ErrorContains(t, r.deploy(ctx, t, "two", pair).Get(ctx, nil), hush)
	r.flush(t)
	require.Contains(t, receiver.Text(), `"HostKey"`, "the kind is told")
	require.NotContains(t, receiver.Text(), hush)
}

const hush = "the node's own words 5318"

// hostsOfWords fail with words.
type hostsOfWords struct{ hostsOfAir }

func (hostsOfWords) Await(context.Context, string, deploy.Node, func(string)) error {
	return &deployFailure{}
}

type deployFailure struct{}

func (*deployFailure) Error() string     { return hush }
func (*deployFailure) Kind() deploy.Kind { return deploy.KindHostKey }

// TestLogKeys wants every line of the log that is about a deployment to say so, in
// one way, and with its trace.
func TestLogKeys(t *testing.T) {
	traceEnvironment(t)
	r := newRig(t)
	r.deeds.Hosts.(*observedHosts).Hosts = hostsWithOldJobs{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, r.deploy(ctx, t, "two", pair).Get(ctx, nil))
	about := 0
	for _, line := range r.log.lines() {
		var said map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &said), line)
		for key := range said {
			require.Equal(t, strings.ToLower(key), key, line)
		}
		if said["msg"] != "Old jobs could not be removed" {
			continue
		}
		about++
		require.Equal(t, "two", said["deployment"])
		require.Equal(t, "connect", said["step"])
		require.Contains(t, []any{"web-0", "web-1"}, said["node"])
		require.Equal(t, "Connect", said["activity_type"])
		require.Len(t, said["trace_id"], 32)
		require.Len(t, said["span_id"], 16)
	}
	require.Equal(t, 2, about)
}
