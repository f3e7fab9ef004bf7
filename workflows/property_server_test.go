package workflows_test

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
	"aiolos/lab/labtest"
	"aiolos/workflows"
)

// squeezed is how much faster than simulated a scenario runs on a server.
const squeezed = 20_000

// brisk makes a scenario fit for real time: what cannot be squeezed gets short.
func (c *scenario) brisk() *scenario {
	c.Cancel /= squeezed / 10
	for _, p := range c.Steps {
		p.Timeout = 2 * time.Second
		p.Delay = time.Second
		p.Attempts = min(p.Attempts, 2)
		for _, will := range p.Fate {
			will.Transient = 0
			will.Fails = min(will.Fails, 2)
		}
	}
	return c
}

// TestEveryTaskReplays runs made-up deployments on a server with workers that
// remember nothing: each workflow task is replayed from the start, as after the
// death of a worker, and afterwards the whole history once more. A workflow that
// would not go the same way fails its task.
func TestEveryTaskReplays(t *testing.T) { everyTaskReplays(t, 20) }

func everyTaskReplays(t *testing.T, cases int) {
	t.Helper()
	worker.SetStickyWorkflowCacheSize(0) // of the whole process; nothing else here has workers
	c := startServer(t)
	shape := anything()
	shape.cancel = true
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	histories := make([][]*historypb.History, cases)
	errs := make([]error, cases)
	var all sync.WaitGroup
	for i := range cases {
		all.Go(func() {
			made := scenarios(shape).Example(i + 1).brisk()
			histories[i], errs[i] = runReal(ctx, c, fmt.Sprintf("case-%d", i), made)
		})
	}
	all.Wait()
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	replayer.RegisterWorkflowWithOptions(workflows.Slice, workflow.RegisterOptions{Name: workflows.SliceType})
	count, events := 0, 0
	for i, h := range numbered(histories) {
		require.NoError(t, errs[i], "case %d", i)
		count++
		for _, e := range h.Events {
			// The server refuses an end while something has come in: that is no fault.
			if cause := e.GetWorkflowTaskFailedEventAttributes().GetCause(); cause != enumspb.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND {
				require.NotEqual(t, enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED, e.EventType, "case %d: %v", i, e)
			}
		}
		// What it calls its slices follows from its own ID.
		id := workflow.Execution{ID: h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowId()}
		require.NotEmpty(t, id.ID)
		require.NoError(t, replayer.ReplayWorkflowHistoryWithOptions(labtest.Quiet(), h, worker.ReplayWorkflowHistoryOptions{OriginalExecution: id}), "case %d", i)
		events += len(h.Events)
	}
	t.Logf("%d histories of %d events", count, events)
}

// numbered goes through the histories of all cases.
func numbered(cases [][]*historypb.History) iter.Seq2[int, *historypb.History] {
	return func(yield func(int, *historypb.History) bool) {
		for i, all := range cases {
			for _, h := range all {
				if !yield(i, h) {
					return
				}
			}
		}
	}
}

// startServer starts a Temporal server in this process, and returns a client of it.
func startServer(t *testing.T) client.Client {
	t.Helper()
	return labtest.Dial(t, labtest.StartServer(t, workflows.SearchAttributes()))
}

// runReal runs a scenario on a server, with a worker of its own, and returns its
// history, and those of its slices.
func runReal(ctx context.Context, c client.Client, name string, made *scenario) ([]*historypb.History, error) {
	f := newFakes(made, hash(name), func(event) {})
	f.finish = func(_ context.Context, after time.Duration, end func() (any, error)) (any, error) {
		time.Sleep(after / squeezed)
		return end()
	}
	w := worker.New(c, name, worker.Options{MaxConcurrentWorkflowTaskPollers: 2, MaxConcurrentActivityTaskPollers: 2})
	w.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	w.RegisterWorkflowWithOptions(workflows.Slice, workflow.RegisterOptions{Name: workflows.SliceType})
	f.register(w)
	if err := w.Start(); err != nil {
		return nil, err
	}
	defer w.Stop()
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: name, TaskQueue: name}, workflows.DeployType, made.request())
	if err != nil {
		return nil, err
	}
	// What people and nodes say may come after the end, and is refused then.
	signal := func(node, signal string) {
		message := workflows.NodeMessage{Node: node, Name: signal, Value: "true"}
		if slice, ok := workflows.SliceID(name, node); ok && c.SignalWorkflow(ctx, slice, "", workflows.NodeSignal, message) == nil {
			return
		}
		_ = c.SignalWorkflow(ctx, name, "", workflows.NodeSignal, message)
	}
	over := make(chan struct{})
	var others sync.WaitGroup
	f.signals(30*time.Minute, func(after time.Duration, node, sent string) {
		time.AfterFunc(after/(squeezed/10), func() { signal(node, sent) })
	})
	if made.Cancel > 0 {
		time.AfterFunc(made.Cancel, func() { _ = c.CancelWorkflow(ctx, name, "") })
	}
	others.Go(func() { watch(ctx, c, name, made, signal, over) })
	err = run.Get(ctx, nil)
	close(over)
	others.Wait()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s has not ended: %w", name, err)
	}
	return recorded(ctx, c, name, run.GetRunID())
}

// recorded is the history of a run, and those of its children.
func recorded(ctx context.Context, c client.Client, id, run string) ([]*historypb.History, error) {
	history := &historypb.History{}
	all := []*historypb.History{history}
	events := c.GetWorkflowHistory(ctx, id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return nil, err
		}
		history.Events = append(history.Events, event)
		if child := event.GetChildWorkflowExecutionStartedEventAttributes().GetWorkflowExecution(); child != nil {
			more, err := recorded(ctx, c, child.GetWorkflowId(), child.GetRunId())
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
	}
	return all, nil
}

// watch is the person who decides whenever the deployment needs attention.
func watch(ctx context.Context, c client.Client, name string, made *scenario, signal func(node, name string), over <-chan struct{}) {
	looks := time.NewTicker(300 * time.Millisecond)
	defer looks.Stop()
	for look := 1; ; {
		select {
		case <-over:
			return
		case <-looks.C:
		}
		var status deploy.Status
		value, err := c.QueryWorkflow(ctx, name, "", workflows.StatusQuery)
		if err != nil || value.Get(&status) != nil || status.State != deploy.StateNeedsAttention {
			continue
		}
		for _, d := range made.decide(status, look, signal) {
			_, _ = c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
				WorkflowID: name, UpdateName: d.update, Args: []any{d.in}, WaitForStage: client.WorkflowUpdateStageCompleted,
			})
		}
		look++
	}
}
