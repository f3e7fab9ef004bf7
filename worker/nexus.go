package main

import (
	"context"
	"errors"

	"github.com/nexus-rpc/sdk-go/nexus"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporalnexus"

	"aiolos/deploy"
	"aiolos/workflows"
)

// nexusService lets workflows of other namespaces deploy, through an endpoint that
// an operator makes for this worker's namespace and task queue.
func nexusService() (*nexus.Service, error) {
	operation, err := temporalnexus.NewWorkflowRunOperationWithOptions(temporalnexus.WorkflowRunOperationOptions[workflows.NamedRequest, deploy.Outcome]{
		Name: workflows.NexusDeploy, Handler: deployByNexus,
	})
	if err != nil {
		return nil, err
	}
	service := nexus.NewService(workflows.NexusService)
	return service, service.Register(operation)
}

// deployByNexus starts Deploy. What is wrong, or runs already, fails the operation at
// once: its caller decides what then.
func deployByNexus(ctx context.Context, named workflows.NamedRequest, options nexus.StartOperationOptions) (temporalnexus.WorkflowHandle[deploy.Outcome], error) {
	if err := named.Check(); err != nil {
		return nil, nexus.NewOperationFailedErrorf("%s: %v", deploy.KindInvalidRequest, err)
	}
	handle, err := temporalnexus.ExecuteUntypedWorkflow[deploy.Outcome](ctx, options, client.StartWorkflowOptions{
		ID:                       named.Deployment,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		StaticSummary:            named.Request.Blueprint,
	}, workflows.DeployType, named.Request)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &already) {
		return nil, nexus.NewOperationFailedErrorf("%s: an operation on %s runs already", deploy.KindConflict, named.Deployment)
	}
	return handle, err
}
