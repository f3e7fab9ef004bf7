package operation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.uber.org/goleak"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// connect starts a server and dials it as the program does.
func connect(t *testing.T) (*temporaltest.Server, operation.Temporal) {
	t.Helper()
	server := temporaltest.Start(t)
	t.Setenv("TEMPORAL_ADDRESS", server.Address)
	t.Setenv("TEMPORAL_CONFIG_FILE", "/dev/null")
	c, err := operation.Dial(t.Context())
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return server, c
}

var quick = operation.Pace{Least: 10 * time.Millisecond, Most: 50 * time.Millisecond, GiveUp: 500 * time.Millisecond}

func TestDialSaysWhereAndWhatToDo(t *testing.T) {
	t.Setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
	began := time.Now()
	_, err := operation.Dial(t.Context())
	var unreachable *operation.UnreachableError
	require.ErrorAs(t, err, &unreachable)
	require.Contains(t, err.Error(), "127.0.0.1:1")
	require.Contains(t, err.Error(), "aiolos-lab up")
	require.Less(t, time.Since(began), 6*time.Second)
}

func TestDeployStartsWhatTheUIShows(t *testing.T) {
	server, c := connect(t)
	request := deploy.Request{Blueprint: "web", Parameters: map[string]any{"nodes": "3", "motd": strings.Repeat("é", 300)}}
	plan := &deploy.Plan{Deployment: "pool", Blueprint: "web", Parameters: map[string]any{"nodes": int64(3), "text": "a`b\nc"}}
	run, err := operation.Deploy(t.Context(), c, "queue", plan, request)
	require.NoError(t, err)
	require.Equal(t, operation.Run{Deployment: "pool", Type: workflows.DeployType, ID: "run-1"}, run)

	started := server.Runs("pool")[0].Started()
	require.Equal(t, "queue", started.GetTaskQueue().GetName())
	require.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, started.GetWorkflowIdReusePolicy())
	require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL, started.GetWorkflowIdConflictPolicy())
	var sent deploy.Request
	require.NoError(t, json.Unmarshal(started.GetInput().GetPayloads()[0].GetData(), &sent))
	require.Equal(t, request, sent)
	text := func(data []byte) (s string) {
		require.NoError(t, json.Unmarshal(data, &s))
		return s
	}
	require.LessOrEqual(t, len(started.GetUserMetadata().GetSummary().GetData()), 400)
	require.True(t, strings.HasPrefix(text(started.GetUserMetadata().GetSummary().GetData()), "web, motd=é"))
	require.Equal(t, "Blueprint `web`, nodes: 0\n\n- nodes: `3`\n- text: `a b c`", text(started.GetUserMetadata().GetDetails().GetData()))

	_, err = operation.Destroy(t.Context(), c, "queue", "pool", deploy.DestroyRequest{})
	var running *operation.RunningError
	require.ErrorAs(t, err, &running)
	require.Equal(t, workflows.DeployType, running.Type)
	require.Contains(t, err.Error(), "aiolos watch pool")
}

func TestLook(t *testing.T) {
	server, c := connect(t)
	look := func(name string) (operation.Snapshot, error) {
		return operation.Look(t.Context(), c, operation.Run{Deployment: name})
	}
	_, err := look("nobody")
	var unknown *operation.UnknownError
	require.ErrorAs(t, err, &unknown)
	require.Contains(t, err.Error(), "no deployment of that name")

	server.Add("other", "Something")
	_, err = look("other")
	var foreign *operation.ForeignError
	require.ErrorAs(t, err, &foreign)
	require.Contains(t, err.Error(), "no deployment of that name")

	run := server.Add("pool", workflows.DeployType)
	s, err := look("pool")
	require.NoError(t, err)
	require.True(t, s.Unanswered)
	require.Equal(t, []string{"no worker answers on the task queue aiolos"}, s.Notes)
	require.Equal(t, deploy.StatePlanning, s.Status.State)

	run.With(workflows.StateAttribute, "Running").With(workflows.BlueprintAttribute, "glusterfs").With(workflows.ProviderAttribute, "docker")
	run.Refuses(serviceerror.NewQueryFailed("it broke"))
	s, err = look("pool")
	require.NoError(t, err)
	require.Equal(t, []string{"the worker cannot tell the status: it broke"}, s.Notes)
	require.Equal(t, deploy.StateRunning, s.Status.State)
	require.Equal(t, "glusterfs", s.Status.Blueprint)
	text, err := json.Marshal(s.Status)
	require.NoError(t, err)
	require.NotContains(t, string(text), "null")

	run.Says(deploy.Status{Deployment: "pool", State: deploy.StateRunning, Steps: []deploy.StepStatus{{Name: "launch", Node: "storage-0", State: deploy.StepRunning, Attempts: 1}}})
	beat, err := converter.GetDefaultDataConverter().ToPayloads(map[string]string{"message": "boots"})
	require.NoError(t, err)
	run.Pending(&workflowpb.PendingActivityInfo{ActivityId: "launch/0", State: enumspb.PENDING_ACTIVITY_STATE_STARTED, Attempt: 2, HeartbeatDetails: beat})
	s, err = look("pool")
	require.NoError(t, err)
	require.False(t, s.Unanswered)
	require.Equal(t, 2, s.Status.Steps[0].Attempts)
	require.Equal(t, "boots", s.Status.Steps[0].Message)

	run.Terminate()
	s, err = look("pool")
	require.NoError(t, err)
	require.Equal(t, operation.StateTerminated, s.Status.State, "a terminated run never said so itself")
	require.False(t, s.Closed.IsZero())
}

func TestFollowToTheEnd(t *testing.T) {
	server, c := connect(t)
	run := server.Add("pool", workflows.DeployType)
	run.Says(deploy.Status{Deployment: "pool", State: deploy.StateRunning})
	seen := make(chan deploy.State, 100)
	go func() {
		for state := range seen {
			if state == deploy.StateRunning {
				break
			}
		}
		run.Says(deploy.Status{Deployment: "pool", State: deploy.StateDone})
		run.Complete(deploy.Outcome{Deployment: "pool", State: deploy.StateDone})
	}()
	outcome, err := operation.Follow(t.Context(), c, operation.Run{Deployment: "pool"}, quick, func(s operation.Snapshot) { seen <- s.Status.State })
	require.NoError(t, err)
	require.Equal(t, deploy.Outcome{Deployment: "pool", State: deploy.StateDone, Nodes: []deploy.NodeStatus{}, Changes: []string{}}, outcome)
}

// TestFollowIsGentle lets much happen in little time.
func TestFollowIsGentle(t *testing.T) {
	server, c := connect(t)
	run := server.Add("pool", workflows.DeployType)
	pace := operation.Pace{Least: 200 * time.Millisecond, Most: time.Hour, GiveUp: time.Hour}
	go func() {
		for i := range 500 {
			run.Says(deploy.Status{Deployment: "pool", State: deploy.StateRunning, Changes: []string{fmt.Sprint(i)}})
		}
		run.Complete(deploy.Outcome{State: deploy.StateDone})
	}()
	_, err := operation.Follow(t.Context(), c, operation.Run{Deployment: "pool"}, pace, func(operation.Snapshot) {})
	require.NoError(t, err)
	require.LessOrEqual(t, server.Queries(), 5)
}

func TestFollowEnds(t *testing.T) {
	failures := []deploy.Failure{
		{Kind: deploy.KindPuppet, Step: "configure", Node: "web-0", Message: "broken", Evidence: []string{"line"}},
		{Kind: deploy.KindJob, Step: "run", Node: "web-1", Message: "broken, too"},
	}
	application := func(kind deploy.Kind, details ...any) error {
		return temporal.NewApplicationErrorWithOptions("message", string(kind), temporal.ApplicationErrorOptions{NonRetryable: true, Details: details})
	}
	for name, c := range map[string]struct {
		end      func(*temporaltest.Run)
		state    deploy.State
		failures []deploy.Failure
		invalid  bool
	}{
		"failed":          {func(r *temporaltest.Run) { r.Fail(application(deploy.KindStep, failures)) }, deploy.StateFailed, failures, false},
		"one failure":     {func(r *temporaltest.Run) { r.Fail(application(deploy.KindPuppet, failures[0])) }, deploy.StateFailed, failures[:1], false},
		"no details":      {func(r *temporaltest.Run) { r.Fail(application(deploy.KindStep)) }, deploy.StateFailed, []deploy.Failure{{Kind: deploy.KindStep, Message: "message"}}, false},
		"strange details": {func(r *temporaltest.Run) { r.Fail(application("Odd", 7)) }, deploy.StateFailed, []deploy.Failure{{Kind: "Odd", Message: "message"}}, false},
		"invalid":         {func(r *temporaltest.Run) { r.Fail(application(deploy.KindInvalidRequest)) }, deploy.StateFailed, []deploy.Failure{{Kind: deploy.KindInvalidRequest, Message: "message"}}, true},
		"cancelled":       {func(r *temporaltest.Run) { r.Cancel() }, deploy.StateCancelled, nil, false},
		"terminated":      {func(r *temporaltest.Run) { r.Terminate() }, operation.StateTerminated, nil, false},
		"timed out":       {func(r *temporaltest.Run) { r.TimeOut() }, operation.StateTimedOut, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			server, client := connect(t)
			c.end(server.Add("pool", workflows.DeployType))
			_, err := operation.Follow(t.Context(), client, operation.Run{Deployment: "pool"}, quick, func(operation.Snapshot) {})
			var failed *operation.FailedError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, c.state, failed.State)
			require.Equal(t, c.invalid, failed.Invalid())
			if c.failures != nil {
				require.Equal(t, c.failures, failed.Failures)
			}
			require.NotEmpty(t, failed.Failures[0].Message)
		})
	}
}

func TestFollowNeedsAttention(t *testing.T) {
	server, c := connect(t)
	failures := []deploy.Failure{{Kind: deploy.KindJob, Message: "broken"}}
	server.Add("pool", workflows.DeployType).Says(deploy.Status{Deployment: "pool", State: deploy.StateNeedsAttention, Failures: failures})
	_, err := operation.Follow(t.Context(), c, operation.Run{Deployment: "pool"}, quick, func(operation.Snapshot) {})
	var failed *operation.FailedError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, &operation.FailedError{Deployment: "pool", State: deploy.StateNeedsAttention, Failures: failures}, failed)
}

func TestFollowIsInterrupted(t *testing.T) {
	server, c := connect(t)
	server.Add("pool", workflows.DeployType).Says(deploy.Status{State: deploy.StateRunning})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := operation.Follow(ctx, c, operation.Run{Deployment: "pool"}, quick, func(operation.Snapshot) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
}

// TestFollowKeepsWhatItKnew loses the worker, then the server.
func TestFollowKeepsWhatItKnew(t *testing.T) {
	server, c := connect(t)
	run := server.Add("pool", workflows.DeployType)
	run.Says(deploy.Status{State: deploy.StateRunning, Steps: []deploy.StepStatus{{Name: "launch", Node: "web-0", State: deploy.StepDone}}})
	var phase atomic.Int32
	_, err := operation.Follow(t.Context(), c, operation.Run{Deployment: "pool"}, quick, func(s operation.Snapshot) {
		require.Len(t, s.Status.Steps, 1)
		notes := strings.Join(s.Notes, "")
		switch {
		case phase.CompareAndSwap(0, 1):
			run.Refuses(serviceerror.NewFailedPrecondition("no poller seen"))
		case strings.Contains(notes, "no worker answers") && phase.CompareAndSwap(1, 2):
			server.Stop()
		case strings.Contains(notes, "Temporal does not answer"):
			phase.CompareAndSwap(2, 3)
		}
	})
	var lost *operation.LostError
	require.ErrorAs(t, err, &lost)
	require.Contains(t, err.Error(), "aiolos watch pool")
	require.Equal(t, int32(3), phase.Load())
}

func TestList(t *testing.T) {
	server, c := connect(t)
	server.PageSize = 2
	hour := func(h int) time.Time { return time.Date(2026, 1, 2, h, 0, 0, 0, time.UTC) }
	server.Add("pool", workflows.DeployType).With(workflows.StateAttribute, "Done").With(workflows.ProviderAttribute, "old").At(hour(1)).Complete(deploy.Outcome{})
	server.Add("gone", workflows.DeployType).At(hour(2)).Complete(deploy.Outcome{})
	server.Add("pool", workflows.DeployType).With(workflows.StateAttribute, "Running").With(workflows.BlueprintAttribute, "glusterfs").
		With(workflows.ProviderAttribute, "docker").With(workflows.NodesAttribute, 3).At(hour(3)).Fail(errors.New("broken"))
	server.Add("gone", workflows.DestroyType).With(workflows.StateAttribute, "Destroyed").At(hour(4)).Complete(deploy.Outcome{})
	server.Add("new", workflows.DestroyType).At(hour(5))
	all, err := operation.List(t.Context(), c)
	require.NoError(t, err)
	for i := range all {
		require.Equal(t, all[i].Deployment == "new", all[i].Closed == nil)
		all[i].Closed = nil
	}
	require.Equal(t, []operation.Listed{
		{Deployment: "gone", State: deploy.StateDestroyed, Started: hour(4)},
		{Deployment: "new", State: deploy.StateDestroying, Started: hour(5)},
		{Deployment: "pool", State: deploy.StateFailed, Blueprint: "glusterfs", Provider: "docker", Nodes: 3, Started: hour(3)},
	}, all)
	require.Len(t, server.Lists(), 3, "pages of two")

	provider, err := operation.LastProvider(t.Context(), c, "pool")
	require.NoError(t, err)
	require.Equal(t, "docker", provider)
	require.Equal(t, "WorkflowId = 'pool' AND WorkflowType = 'Deploy'", server.Lists()[3])
}
