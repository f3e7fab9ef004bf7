package operation

import (
	"context"
	"fmt"
	"strings"

	"go.temporal.io/api/workflowservice/v1"

	"aiolos/workflows"
)

// readable makes sure, before anything is written to a worker in plain text, that
// the newest operation of its task queue was not encrypted: then a key is missing
// here. What cannot be looked at keeps nobody from writing.
func readable(ctx context.Context, t Temporal, queue string) error {
	if payloadsOf(t).Encrypts {
		return nil
	}
	looking, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	newest, err := t.ListWorkflow(looking, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: 1, Query: fmt.Sprintf("WorkflowType IN ('%s', '%s') AND TaskQueue = '%s'", workflows.DeployType, workflows.DestroyType, strings.ReplaceAll(queue, "'", "''")),
	})
	if err != nil || len(newest.GetExecutions()) == 0 {
		return nil //nolint:nilerr // nothing is known
	}
	return readableRun(looking, t, runOf(newest.GetExecutions()[0]))
}

// readableRun is readable for one operation.
func readableRun(ctx context.Context, t Temporal, run Run) error {
	payloads := payloadsOf(t)
	if payloads.Encrypts {
		return nil
	}
	started, err := began(ctx, t, run)
	if err != nil {
		return nil //nolint:nilerr // nothing is known
	}
	_, err = payloads.Codec.Decode(started.GetInput().GetPayloads())
	return err
}
