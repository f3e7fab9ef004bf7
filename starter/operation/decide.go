package operation

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"aiolos/deploy"
	"aiolos/workflows"
)

// How long a worker may take for a decision: to record it, or to make a plan
// with other parameters before.
const (
	decisionTimeout = 30 * time.Second
	changeTimeout   = planTimeout
)

// IdleError says that no operation runs on a deployment.
type IdleError struct{ Run }

func (e *IdleError) Error() string {
	return "no operation runs on " + e.Deployment + "; how the last one ended tells: aiolos status " + e.Deployment
}

// Decide tells a running operation what a person decided, by the update of that
// name, and returns what was recorded. The error is a *FailedError where the
// operation refuses it, an *IdleError where none runs, and those of Find.
func Decide(ctx context.Context, t Temporal, deployment, update string, decision any) (Run, string, error) {
	within := decisionTimeout
	if retry, ok := decision.(workflows.Retry); ok && len(retry.Parameters) > 0 {
		within = changeTimeout
	}
	described, err := describe(ctx, t, Run{Deployment: deployment})
	if err != nil {
		return Run{}, "", err
	}
	run := runOf(described.GetWorkflowExecutionInfo())
	if err := readableRun(ctx, t, run); err != nil {
		return run, "", err
	}
	waiting, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	handle, err := t.UpdateWorkflow(waiting, client.UpdateWorkflowOptions{
		WorkflowID: run.Deployment, RunID: run.ID, UpdateName: update, Args: []any{decision},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	var said string
	if err == nil {
		err = handle.Get(waiting, &said)
	}
	var closed *serviceerror.NotFound
	var refused *temporal.ApplicationError
	switch {
	case err != nil && ctx.Err() == nil && waiting.Err() != nil:
		return run, "", &UnansweredError{Question: "took the decision", Queue: described.GetWorkflowExecutionInfo().GetTaskQueue(), Within: within}
	case errors.As(err, &closed):
		return run, "", &IdleError{run}
	case errors.As(err, &refused):
		return run, "", &FailedError{Deployment: deployment, State: deploy.StateRunning, Failures: failuresOf(refused)}
	}
	return run, said, err
}
