package codec_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"

	"aiolos/codec"
	"aiolos/lab/labtest"
)

// hush is what nobody but worker and client may read.
const hush = "hush-5318"

func startServer(t *testing.T) string {
	t.Helper()
	return labtest.StartServer(t, map[string]enumspb.IndexedValueType{"Seen": enumspb.INDEXED_VALUE_TYPE_KEYWORD})
}

func dial(t *testing.T, address string, c *codec.Codec) client.Client {
	t.Helper()
	dc := codec.DataConverter(c)
	temporal, err := client.Dial(client.Options{
		HostPort: address, Logger: labtest.Quiet(), DataConverter: dc, FailureConverter: codec.FailureConverter(dc),
	})
	require.NoError(t, err)
	t.Cleanup(temporal.Close)
	return temporal
}

func fail(_ context.Context, text string) error {
	return temporal.NewNonRetryableApplicationError("message "+text, "Kind", errors.New("cause "+text), "details "+text)
}

// all puts text into every place of a history that a workflow can write to.
func all(ctx workflow.Context, text string) (string, error) {
	workflow.SetCurrentDetails(ctx, "details "+text)
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, Summary: "summary " + text})
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute, Summary: "summary " + text})
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{Memo: map[string]any{"memo": text}, StaticSummary: "summary " + text})
	if err := workflow.SetUpdateHandler(ctx, "update", func(_ workflow.Context, given string) (string, error) {
		if given == "" {
			return "", errors.New("refused " + text)
		}
		return given + text, nil
	}); err != nil {
		return "", err
	}
	if err := workflow.SetQueryHandler(ctx, "query", func(given string) (string, error) { return given + text, nil }); err != nil {
		return "", err
	}
	seen := temporal.NewSearchAttributeKeyKeyword("Seen")
	if err := errors.Join(
		workflow.UpsertTypedSearchAttributes(ctx, seen.ValueSet("readable")),
		workflow.UpsertMemo(ctx, map[string]any{"later": text}),
		workflow.NewTimerWithOptions(ctx, time.Millisecond, workflow.TimerOptions{Summary: "summary " + text}).Get(ctx, nil),
	); err != nil {
		return "", err
	}
	var side, other string
	if err := workflow.SideEffect(ctx, func(workflow.Context) any { return text }).Get(&side); err != nil {
		return "", err
	}
	if err := workflow.MutableSideEffect(ctx, "id", func(workflow.Context) any { return text }, func(a, b any) bool { return a == b }).Get(&other); err != nil {
		return "", err
	}
	if workflow.GetVersion(ctx, "change", workflow.DefaultVersion, 1) != 1 || side+other != text+text {
		return "", errors.New("a marker was not read")
	}
	var failed *temporal.ApplicationError
	for _, err := range []error{
		workflow.ExecuteActivity(ctx, fail, text).Get(ctx, nil),
		workflow.ExecuteLocalActivity(ctx, fail, text).Get(ctx, nil),
	} {
		if !errors.As(err, &failed) || failed.Message() != "message "+text {
			return "", err
		}
	}
	if err := workflow.ExecuteChildWorkflow(ctx, child, text).Get(ctx, &other); err != nil {
		return "", err
	}
	var signalled string
	workflow.GetSignalChannel(ctx, "signal").Receive(ctx, &signalled)
	return signalled, temporal.NewApplicationError("message "+text, "Kind", signalled)
}

func child(_ workflow.Context, text string) (string, error) { return text, nil }

// history returns the events of a workflow as the server has them.
func history(t *testing.T, c client.Client, id string) []*historypb.HistoryEvent {
	t.Helper()
	var events []*historypb.HistoryEvent
	for h := c.GetWorkflowHistory(t.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); h.HasNext(); {
		event, err := h.Next()
		require.NoError(t, err)
		events = append(events, event)
	}
	return events
}

// wire returns events as they are sent, in which bytes stand as they are.
func wire(t *testing.T, events []*historypb.HistoryEvent) string {
	t.Helper()
	b, err := (&historypb.History{Events: events}).Marshal()
	require.NoError(t, err)
	return string(b)
}

// TestServer runs a workflow that writes all there is to write, on a Temporal
// server, and reads what the server has been given to keep.
func TestServer(t *testing.T) {
	address := startServer(t)
	k := keys(t, line("k1", 1))
	c := dial(t, address, codec.Strict(k))
	w := worker.New(c, "test", worker.Options{WorkerStopTimeout: time.Second})
	for _, f := range []any{all, child} {
		w.RegisterWorkflow(f)
	}
	w.RegisterActivity(fail)
	require.NoError(t, w.Start())
	defer w.Stop()

	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "all", TaskQueue: "test", Memo: map[string]any{"memo": hush}, StaticSummary: "summary " + hush, StaticDetails: "details " + hush,
	}, all, hush)
	require.NoError(t, err)
	ask := func(given string) (string, error) {
		h, err := c.UpdateWorkflow(t.Context(), client.UpdateWorkflowOptions{
			WorkflowID: "all", UpdateName: "update", Args: []any{given}, WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		if err != nil {
			return "", err
		}
		var got string
		err = h.Get(t.Context(), &got)
		return got, err
	}
	got, err := ask(hush)
	require.NoError(t, err)
	require.Equal(t, hush+hush, got)
	_, err = ask("")
	require.ErrorContains(t, err, "refused "+hush)
	answer, err := c.QueryWorkflow(t.Context(), "all", "", "query", hush)
	require.NoError(t, err)
	require.NoError(t, answer.Get(&got))
	require.Equal(t, hush+hush, got)
	require.NoError(t, c.SignalWorkflow(t.Context(), "all", "", "signal", hush))
	err = run.Get(t.Context(), nil)
	require.ErrorContains(t, err, "message "+hush)

	events := history(t, c, "all")
	for _, event := range events {
		if strings.Contains(wire(t, []*historypb.HistoryEvent{event}), hush) {
			t.Errorf("readable: %s", protojson.Format(event))
		}
	}
	whole := wire(t, events)
	require.Contains(t, whole, "readable", "search attributes are for the server to read")
	require.GreaterOrEqual(t, strings.Count(whole, codec.MetadataKeyID), 25)
	described, err := c.DescribeWorkflowExecution(t.Context(), "all", "")
	require.NoError(t, err)
	b, err := described.Marshal()
	require.NoError(t, err)
	require.False(t, strings.Contains(string(b), hush), "%s", described)

	// The control: without the codec, the same text is found everywhere.
	plain, err := client.Dial(client.Options{HostPort: address, Logger: labtest.Quiet()})
	require.NoError(t, err)
	defer plain.Close()
	_, err = plain.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "plain", TaskQueue: "nobody", Memo: map[string]any{"memo": hush}}, "all", hush)
	require.NoError(t, err)
	require.Contains(t, wire(t, history(t, plain, "plain")), hush)

	// What was written can be replayed, by whoever has the key.
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		DataConverter: codec.DataConverter(codec.Strict(k)), FailureConverter: codec.FailureConverter(codec.DataConverter(codec.Strict(k))),
	})
	require.NoError(t, err)
	replayer.RegisterWorkflow(all)
	require.NoError(t, replayer.ReplayWorkflowHistory(labtest.Quiet(), &historypb.History{Events: events}))
	var input string
	require.NoError(t, codec.DataConverter(codec.New(k)).FromPayloads(events[0].GetWorkflowExecutionStartedEventAttributes().GetInput(), &input))
	require.Equal(t, hush, input)
	require.Error(t, converter.GetDefaultDataConverter().FromPayloads(events[0].GetWorkflowExecutionStartedEventAttributes().GetInput(), &input))
}

// echo waits for a signal and returns it.
func echo(ctx workflow.Context, text string) (string, error) {
	var signalled string
	workflow.GetSignalChannel(ctx, "signal").Receive(ctx, &signalled)
	return text + signalled, nil
}

// TestMissingKey runs a worker without the key that a workflow and a signal were
// encrypted with: nothing is lost, and it goes on with a worker that has it.
func TestMissingKey(t *testing.T) {
	address := startServer(t)
	old, both := keys(t, line("k1", 1)), keys(t, line("k1", 1)+line("k2", 2))
	starts := dial(t, address, codec.New(keys(t, line("k2", 2)+line("k1", 1))))
	start := func(k *codec.Keys) worker.Worker {
		w := worker.New(dial(t, address, codec.New(k)), "test", worker.Options{WorkerStopTimeout: time.Second})
		w.RegisterWorkflow(echo)
		require.NoError(t, w.Start())
		return w
	}
	w := start(old)
	input, err := starts.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "input", TaskQueue: "test", WorkflowTaskTimeout: time.Second}, echo, "a")
	require.NoError(t, err)
	signal, err := dial(t, address, codec.New(old)).ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "signal", TaskQueue: "test", WorkflowTaskTimeout: time.Second}, echo, "a")
	require.NoError(t, err)
	for _, run := range []client.WorkflowRun{input, signal} {
		require.NoError(t, starts.SignalWorkflow(t.Context(), run.GetID(), "", "signal", "b"))
		require.Eventually(t, func() bool {
			for _, event := range history(t, starts, run.GetID()) {
				if failed := event.GetWorkflowTaskFailedEventAttributes(); failed != nil {
					err := codec.FailureConverter(codec.DataConverter(codec.New(both))).FailureToError(failed.GetFailure())
					return strings.Contains(err.Error(), `key "k2"`)
				}
			}
			return false
		}, 10*time.Second, 50*time.Millisecond, run.GetID())
	}
	w.Stop()
	w = start(both)
	defer w.Stop()
	for _, run := range []client.WorkflowRun{input, signal} {
		var got string
		require.NoError(t, run.Get(t.Context(), &got))
		require.Equal(t, "ab", got)
	}
}

// TestUpdateWithMissingKey sends an update that the worker cannot read: it is
// refused and says why, and the workflow does not mind.
func TestUpdateWithMissingKey(t *testing.T) {
	address := startServer(t)
	old := dial(t, address, codec.New(keys(t, line("k1", 1))))
	w := worker.New(old, "test", worker.Options{WorkerStopTimeout: time.Second})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, text string) (string, error) {
		err := workflow.SetUpdateHandler(ctx, "update", func(workflow.Context, string) error { return nil })
		if err != nil {
			return "", err
		}
		return echo(ctx, text)
	}, workflow.RegisterOptions{Name: "updated"})
	require.NoError(t, w.Start())
	defer w.Stop()
	run, err := old.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "updated", TaskQueue: "test"}, "updated", "a")
	require.NoError(t, err)
	young := dial(t, address, codec.New(keys(t, line("k2", 2)+line("k1", 1))))
	h, err := young.UpdateWorkflow(t.Context(), client.UpdateWorkflowOptions{
		WorkflowID: "updated", UpdateName: "update", Args: []any{"x"}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	require.NoError(t, err)
	require.ErrorContains(t, h.Get(t.Context(), nil), `key "k2"`)
	require.NoError(t, old.SignalWorkflow(t.Context(), "updated", "", "signal", "b"))
	var got string
	require.NoError(t, run.Get(t.Context(), &got))
	require.Equal(t, "ab", got)
}
