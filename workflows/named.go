package workflows

import (
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
)

// DeployNamed carries out Deploy as a child, on the deployment that its input
// names. Should it be terminated, the deployment goes on; cancelled, it cancels it.
func DeployNamed(ctx workflow.Context, named NamedRequest) (deploy.Outcome, error) {
	if err := named.Check(); err != nil {
		return deploy.Outcome{}, temporal.NewNonRetryableApplicationError(err.Error(), string(deploy.KindInvalidRequest), nil)
	}
	if own := workflow.GetInfo(ctx).WorkflowExecution.ID; own == named.Deployment {
		return deploy.Outcome{}, refused("deployment", own, "a name other than this workflow's own ID; whoever can choose that starts %s", DeployType)
	}
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: named.Deployment, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON, WaitForCancellation: true,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         named.Request.Blueprint,
	})
	var outcome deploy.Outcome
	err := workflow.ExecuteChildWorkflow(ctx, DeployType, named.Request).Get(ctx, &outcome)
	var application *temporal.ApplicationError
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		f := deploy.Failure{Kind: deploy.KindConflict, Message: fmt.Sprintf("an operation on %s runs already", named.Deployment)}
		return outcome, failed([]deploy.Failure{f}, nil)
	case errors.As(err, &application):
		// As Deploy itself would have failed, with its details.
		return outcome, application
	}
	return outcome, err
}
