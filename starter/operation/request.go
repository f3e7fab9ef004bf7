package operation

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"aiolos/deploy"
	"aiolos/workflows"
)

// Requested returns what the newest operation on a deployment was asked for, and
// the task queue of its worker. It has to be a Deploy.
func Requested(ctx context.Context, t Temporal, deployment string) (request deploy.Request, queue string, err error) {
	run, err := Find(ctx, t, deployment)
	if err != nil {
		return request, "", err
	}
	if run.Type != workflows.DeployType {
		return request, "", &IdleError{run}
	}
	started, err := began(ctx, t, run)
	if err != nil {
		return request, "", err
	}
	return request, started.GetTaskQueue().GetName(), input(t, started, &request)
}

// began is the first event of a run's history.
func began(ctx context.Context, t Temporal, run Run) (*historypb.WorkflowExecutionStartedEventAttributes, error) {
	events := t.GetWorkflowHistory(ctx, run.Deployment, run.ID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	if !events.HasNext() {
		return nil, fmt.Errorf("the history of %s is empty", run.Deployment)
	}
	first, err := events.Next()
	return first.GetWorkflowExecutionStartedEventAttributes(), err
}

// input decodes what a run was started with.
func input(t Temporal, started *historypb.WorkflowExecutionStartedEventAttributes, into any) error {
	if err := payloadsOf(t).Data.FromPayloads(started.GetInput(), into); err != nil {
		return fmt.Errorf("what the operation was started with cannot be read: %w", err)
	}
	return nil
}
