package operation

import (
	"context"
	"errors"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"aiolos/deploy"
	"aiolos/workflows"
)

// Replayed says how an operation was taken up.
type Replayed struct {
	Run
	// Before is what was gone back to; empty where the operation was started
	// again, since its history did not allow going on.
	Before string `json:"before,omitempty"`
}

// String says it to a person.
func (r Replayed) String() string {
	if r.Before == "" {
		return r.Type + " of " + r.Deployment + " was started again with the same input: its history does not allow going on"
	}
	return r.Type + " of " + r.Deployment + " goes on before " + strings.Replace(r.Before, "/", " on ", 1)
}

// DoneError says that there is nothing to take up.
type DoneError struct {
	Run
	State deploy.State
}

func (e *DoneError) Error() string {
	return e.Deployment + " is " + string(e.State) + ": only an operation that failed, or was cancelled or terminated, can be taken up"
}

// Replay takes up the newest operation on a deployment, which failed, was
// cancelled or terminated, or took too long: what succeeded is not done again,
// but for that from the step from on, where one is given. The error is a
// *DoneError or *RunningError where there is nothing to take up.
func Replay(ctx context.Context, t Temporal, deployment, from string) (Replayed, error) {
	described, err := describe(ctx, t, Run{Deployment: deployment})
	if err != nil {
		return Replayed{}, err
	}
	info := described.GetWorkflowExecutionInfo()
	run := runOf(info)
	if info.GetCloseTime() == nil {
		return Replayed{}, &RunningError{run}
	}
	if endOf(info.GetStatus()) == "" {
		return Replayed{}, &DoneError{run, statusOf(info).State}
	}
	h, err := record(ctx, t, run)
	if err != nil {
		return Replayed{}, err
	}
	p, ok := h.pointOf()
	if from != "" {
		if p, ok = h.from(from); !ok {
			return Replayed{}, &deploy.InvalidError{Problems: []deploy.Problem{{
				Field: "from", Value: from, Allowed: "a step that was begun: " + strings.Join(h.begun(), ", "),
			}}}
		}
	}
	// Removing is the same from wherever it begins.
	if ok && run.Type == workflows.DeployType {
		again, err := reset(ctx, t, run, p)
		if err == nil || from != "" || !irresettable(err) {
			return Replayed{Run: again, Before: p.before}, err
		}
	}
	again, err := startAgain(ctx, t, run, h)
	return Replayed{Run: again}, err
}

// reset has Temporal take a run up at a point. What nodes signalled and people
// decided after it is taken over; that the run was cancelled is not.
func reset(ctx context.Context, t Temporal, run Run, p point) (Run, error) {
	var without []enumspb.ResetReapplyExcludeType
	if p.withoutUpdates {
		without = append(without, enumspb.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE)
	}
	reset, err := t.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
		WorkflowExecution:         &commonpb.WorkflowExecution{WorkflowId: run.Deployment, RunId: run.ID},
		Reason:                    "taken up before " + p.before,
		WorkflowTaskFinishEventId: p.task, ResetReapplyExcludeTypes: without,
	})
	run.ID = reset.GetRunId()
	return run, err
}

// irresettable says that Temporal cannot go back in a run.
func irresettable(err error) bool {
	var argument *serviceerror.InvalidArgument
	var missing *serviceerror.NotFound
	var precondition *serviceerror.FailedPrecondition
	return errors.As(err, &argument) || errors.As(err, &missing) || errors.As(err, &precondition)
}

// startAgain starts an operation with the input of an earlier one.
func startAgain(ctx context.Context, t Temporal, run Run, h history) (Run, error) {
	started := h[0].GetWorkflowExecutionStartedEventAttributes()
	options := client.StartWorkflowOptions{TaskQueue: started.GetTaskQueue().GetName(), StaticSummary: "destroy " + run.Deployment}
	var request any
	if run.Type == workflows.DeployType {
		var deployed deploy.Request
		if err := input(t, started, &deployed); err != nil {
			return Run{}, err
		}
		request, options.StaticSummary = deployed, summary(deployed)
	} else {
		var destroyed deploy.DestroyRequest
		if err := input(t, started, &destroyed); err != nil {
			return Run{}, err
		}
		request = destroyed
	}
	return start(ctx, t, Run{Deployment: run.Deployment, Type: run.Type}, options, request)
}

// recordTimeout bounds reading a history; one of a large deployment has many pages.
const recordTimeout = time.Minute

// record reads the whole history of a run.
func record(ctx context.Context, t Temporal, run Run) (history, error) {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	var h history
	events := t.GetWorkflowHistory(ctx, run.Deployment, run.ID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return nil, err
		}
		h = append(h, e)
	}
	if len(h) == 0 {
		return nil, &UnknownError{run.Deployment}
	}
	return h, nil
}
