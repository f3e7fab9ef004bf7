package operation_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"aiolos/deploy"
	"aiolos/deploy/timing"
	"aiolos/starter/operation"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

// timed is a deployment of one node that was planned and configured by a slice.
func timed(t *testing.T) (*temporaltest.Server, operation.Temporal, *temporaltest.Run) {
	t.Helper()
	server, c := connect(t)
	run := server.Add("pool", workflows.DeployType)
	began := time.Now()
	run.Planned(&deploy.Plan{Blueprint: "web", Nodes: []deploy.NodeSpec{{Name: "n"}}, Steps: []deploy.Step{{Name: "configure", Nodes: []string{"n"}, Action: "run"}}})
	server.Add("pool/slice", "Slice").Did("+configure/n configure/n").Complete(deploy.Outcome{})
	run.Did("child:pool/slice")
	ended := time.Now()
	run.Says(deploy.Status{Deployment: "pool", State: deploy.StateDone, Steps: []deploy.StepStatus{
		{Name: "configure", Node: "n", State: deploy.StepDone, Started: &began, Finished: &ended},
	}})
	return server, c, run
}

// has says whether a step on a node has a stretch of a kind.
func has(t *testing.T, told timing.Timing, step string, kind timing.Kind) bool {
	t.Helper()
	at := slices.IndexFunc(told.Spans, func(s timing.Span) bool { return s.Step == step })
	require.GreaterOrEqual(t, at, 0, "no %s in %v", step, told.Spans)
	return slices.ContainsFunc(told.Spans[at].Parts, func(s timing.Stretch) bool { return s.Kind == kind })
}

func TestTiming(t *testing.T) {
	_, c, run := timed(t)
	run.Complete(deploy.Outcome{Deployment: "pool", State: deploy.StateDone})
	told, err := operation.Timing(t.Context(), c, "pool")
	require.NoError(t, err)
	require.False(t, told.Running)
	require.Equal(t, "web", told.Blueprint)
	require.Equal(t, 1, told.Nodes)
	require.Equal(t, []string{timing.StepPlan, "configure"}, []string{told.Steps[0].Step, told.Steps[1].Step})
	require.True(t, has(t, told, "configure", timing.Engine), "the slice's history tells when a worker took it: %v", told.Spans)
	require.LessOrEqual(t, told.Bound, told.Wall)
}

// TestTimingOfTheRunning asks Temporal which activities a worker has taken.
func TestTimingOfTheRunning(t *testing.T) {
	server, c := connect(t)
	began := time.Now()
	run := server.Add("pool", workflows.DeployType).Planned(&deploy.Plan{Blueprint: "web"}).Did("+a/m +a/n")
	taken := time.Now()
	step := func(node string) deploy.StepStatus {
		return deploy.StepStatus{Name: "a", Node: node, State: deploy.StepRunning, Started: &began}
	}
	run.Says(deploy.Status{Deployment: "pool", State: deploy.StateRunning, Steps: []deploy.StepStatus{step("m"), step("n")}})
	run.Pending(
		&workflowpb.PendingActivityInfo{ActivityId: "a/m", State: enumspb.PENDING_ACTIVITY_STATE_SCHEDULED},
		&workflowpb.PendingActivityInfo{ActivityId: "a/n", State: enumspb.PENDING_ACTIVITY_STATE_STARTED, Attempt: 1, LastStartedTime: timestamppb.New(taken)},
	)
	told, err := operation.Timing(t.Context(), c, "pool")
	require.NoError(t, err)
	require.True(t, told.Running)
	for _, s := range told.Spans[1:] {
		last := s.Parts[len(s.Parts)-1].Kind
		want := map[string]timing.Kind{"m": timing.Worker, "n": timing.Working}[s.Node]
		require.Equal(t, want, last, s.Node)
	}
}

// TestTimingOfSlices asks the slices of a deployment whose status has no room for all steps.
func TestTimingOfSlices(t *testing.T) {
	server, c := connect(t)
	began, ended := time.Now().Add(-time.Minute), time.Now()
	run := server.Add("pool", workflows.DeployType).Planned(&deploy.Plan{Steps: []deploy.Step{{Name: "up", Nodes: []string{"n"}, Action: "await"}}})
	run.Did("child:pool/slice").Says(deploy.Status{Deployment: "pool", State: deploy.StateDone, Counts: []deploy.StepCount{{Name: "up", Done: 1}}})
	slice := server.Add("pool/slice", workflows.SliceType).Says(deploy.Status{Steps: []deploy.StepStatus{
		{Name: "up", Node: "n", State: deploy.StepDone, Started: &began, Finished: &ended}, {Name: "elsewhere", Node: "n", State: deploy.StepWaiting},
	}})
	told, err := operation.Timing(t.Context(), c, "pool")
	require.NoError(t, err)
	require.Len(t, told.Spans, 2)
	require.Equal(t, timing.Place{Step: "up", Node: "n"}, told.Spans[1].Place)
	slice.Refuses(serviceerror.NewInternal("no"))
	_, err = operation.Timing(t.Context(), c, "pool")
	require.ErrorContains(t, err, "the status of pool/slice")
}

func TestTimingOfTheLastDeploying(t *testing.T) {
	server, c, run := timed(t)
	run.Complete(deploy.Outcome{Deployment: "pool", State: deploy.StateDone})
	server.Add("pool", workflows.DestroyType).Says(deploy.Status{Deployment: "pool", State: deploy.StateDestroying})
	told, err := operation.Timing(t.Context(), c, "pool")
	require.NoError(t, err)
	require.Equal(t, deploy.StateDone, told.State)

	server.Add("gone", workflows.DestroyType)
	_, err = operation.Timing(t.Context(), c, "gone")
	var unknown *operation.UnknownError
	require.ErrorAs(t, err, &unknown)
	server.Add("mute", workflows.DeployType)
	_, err = operation.Timing(t.Context(), c, "mute")
	var untold *operation.UntoldError
	require.ErrorAs(t, err, &untold)
	require.Contains(t, err.Error(), "no worker answers on the task queue")
}
