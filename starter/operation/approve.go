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

// decisionTimeout bounds how long a worker may take to accept a decision.
const decisionTimeout = 30 * time.Second

// IdleError says that no operation runs on a deployment.
type IdleError struct{ Run }

func (e *IdleError) Error() string {
	return "no operation runs on " + e.Deployment + "; how the last one ended tells: aiolos status " + e.Deployment
}

// Approve tells a running operation what a person decided, and returns what was
// recorded. The error is a *FailedError where the operation refuses it, an
// *IdleError where none runs, and those of Find.
func Approve(ctx context.Context, t Temporal, deployment string, approval workflows.Approval) (string, error) {
	described, err := describe(ctx, t, Run{Deployment: deployment})
	if err != nil {
		return "", err
	}
	run := runOf(described.GetWorkflowExecutionInfo())
	waiting, cancel := context.WithTimeout(ctx, decisionTimeout)
	defer cancel()
	handle, err := t.UpdateWorkflow(waiting, client.UpdateWorkflowOptions{
		WorkflowID: run.Deployment, RunID: run.ID, UpdateName: workflows.ApproveUpdate, Args: []any{approval},
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
		return "", &UnansweredError{Question: "took the decision", Queue: described.GetWorkflowExecutionInfo().GetTaskQueue(), Within: decisionTimeout}
	case errors.As(err, &closed):
		return "", &IdleError{run}
	case errors.As(err, &refused):
		return "", &FailedError{Deployment: deployment, State: deploy.StateRunning, Failures: failuresOf(refused)}
	}
	return said, err
}
