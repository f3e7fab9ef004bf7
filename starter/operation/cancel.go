package operation

import (
	"context"
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
)

// Cancel asks the operation that runs on a deployment to end: jobs that run are
// stopped, and what the request said of failures decides what becomes of that which
// was made. It returns once the request is recorded. The error is an *IdleError
// where none runs, and those of Find.
func Cancel(ctx context.Context, t Temporal, deployment string) (Run, error) {
	described, err := describe(ctx, t, Run{Deployment: deployment})
	if err != nil {
		return Run{}, err
	}
	run := runOf(described.GetWorkflowExecutionInfo())
	if described.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return run, &IdleError{run}
	}
	err = t.CancelWorkflow(ctx, run.Deployment, run.ID)
	var closed *serviceerror.NotFound
	if errors.As(err, &closed) {
		return run, &IdleError{run}
	}
	return run, err
}
