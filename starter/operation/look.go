package operation

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"aiolos/deploy"
	"aiolos/workflows"
)

// callTimeout bounds one call to Temporal, and one question to a worker.
const callTimeout = 5 * time.Second

// States in which Temporal itself ended an operation. The operation could not
// say so any more: they are no states of package deploy.
const (
	StateTerminated deploy.State = "Terminated"
	StateTimedOut   deploy.State = "TimedOut"
)

// Snapshot is what is known about an operation at one moment.
type Snapshot struct {
	Run
	Status  deploy.Status
	Started time.Time
	// Closed is when the operation ended; zero while it runs.
	Closed time.Time
	// Notes are what concerns no single step, a line each.
	Notes []string
	// Unanswered says that no worker told the status: Status holds only what
	// Temporal itself knows.
	Unanswered bool
}

// UntoldError says why the status of an operation is not known.
type UntoldError struct{ Reason string }

func (e *UntoldError) Error() string { return e.Reason }

// Told is nil where a worker told the status, else an *UntoldError.
func (s Snapshot) Told() error {
	switch {
	case !s.Unanswered:
		return nil
	case len(s.Notes) > 0:
		return &UntoldError{s.Notes[0]}
	}
	return &UntoldError{"no worker answers"}
}

// Find returns the newest operation on a deployment. The error is an
// *UnknownError where there was none, a *ForeignError where the name belongs to
// a workflow that is not ours.
func Find(ctx context.Context, t Temporal, deployment string) (Run, error) {
	described, err := describe(ctx, t, Run{Deployment: deployment})
	if err != nil {
		return Run{}, err
	}
	return runOf(described.GetWorkflowExecutionInfo()), nil
}

// Look asks Temporal and the worker where an operation stands. Its errors are
// those of Find, and those of a Temporal that does not answer; a worker that
// does not is no error, see Snapshot.Unanswered.
func Look(ctx context.Context, t Temporal, run Run) (Snapshot, error) {
	described, err := describe(ctx, t, run)
	if err != nil {
		return Snapshot{}, err
	}
	info := described.GetWorkflowExecutionInfo()
	s := Snapshot{Run: runOf(info), Started: info.GetStartTime().AsTime(), Status: statusOf(info)}
	if info.GetCloseTime() != nil {
		s.Closed = info.GetCloseTime().AsTime()
	}
	inSlices := pendingOf(ctx, t, described.GetPendingChildren())
	status, err := ask(ctx, t, s.Run)
	pending := append(described.GetPendingActivities(), inSlices()...)
	switch {
	case unreadable(err):
		return Snapshot{}, err
	case err != nil:
		s.Unanswered = true
		s.Notes = append(s.Notes, unanswered(err, info.GetTaskQueue()))
	default:
		// A run that Temporal ended never came to say so.
		if ended := endOf(info.GetStatus()); ended != "" && status.State != deploy.StateRolledBack {
			status.State = ended
		}
		s.Status = status
	}
	if s.Status.Provider == deploy.ProviderSimulation {
		s.Notes = append(s.Notes, deploy.SimulationNote)
	}
	s.Notes = append(s.Notes, merge(&s.Status, pending, time.Now(), payloadsOf(t))...)
	return s, nil
}

func describe(ctx context.Context, t Temporal, run Run) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	described, err := t.DescribeWorkflowExecution(ctx, run.Deployment, run.ID)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return nil, &UnknownError{Deployment: run.Deployment}
	}
	if err != nil {
		return nil, err
	}
	switch name := described.GetWorkflowExecutionInfo().GetType().GetName(); name {
	case workflows.DeployType, workflows.DestroyType:
		return described, nil
	default:
		return nil, &ForeignError{Deployment: run.Deployment, Type: name}
	}
}

func ask(ctx context.Context, t Temporal, run Run) (deploy.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var status deploy.Status
	answer, err := t.QueryWorkflow(ctx, run.Deployment, run.ID, workflows.StatusQuery)
	if err == nil {
		err = answer.Get(&status)
	}
	return complete(status), err
}

// unanswered says why the status is not known.
func unanswered(err error, queue string) string {
	var noPoller *serviceerror.FailedPrecondition
	var notReady *serviceerror.WorkflowNotReady
	if away(err) || errors.As(err, &noPoller) || errors.As(err, &notReady) {
		return fmt.Sprintf("no worker answers on the task queue %s", queue)
	}
	return fmt.Sprintf("the worker cannot tell the status: %v", err)
}

func runOf(info *workflow.WorkflowExecutionInfo) Run {
	return Run{Deployment: info.GetExecution().GetWorkflowId(), ID: info.GetExecution().GetRunId(), Type: info.GetType().GetName()}
}

// complete gives a status the empty lists that JSON should show as such.
func complete(s deploy.Status) deploy.Status {
	if s.Nodes == nil {
		s.Nodes = []deploy.NodeStatus{}
	}
	if s.Steps == nil {
		s.Steps = []deploy.StepStatus{}
	}
	if s.Outputs == nil {
		s.Outputs = map[string]any{}
	}
	if s.Changes == nil {
		s.Changes = []string{}
	}
	return s
}

// endOf is the state of a run that did not end by itself, or ended badly; empty
// for all others.
func endOf(status enumspb.WorkflowExecutionStatus) deploy.State {
	switch status {
	case enumspb.WORKFLOW_EXECUTION_STATUS_FAILED:
		return deploy.StateFailed
	case enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
		return deploy.StateCancelled
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return StateTerminated
	case enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return StateTimedOut
	default:
		return ""
	}
}
