package operation

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"aiolos/deploy"
	"aiolos/workflows"
)

// How long a worker may take for a question. They bound the workflows, too, so
// that none is left over.
const (
	keyTimeout  = 30 * time.Second
	planTimeout = 5 * time.Minute  // machines are listed, git sources fetched
	lookTimeout = 90 * time.Second // every provider is looked at
)

// UnansweredError says that no worker took a question up, or answered it, in time.
type UnansweredError struct {
	Question, Queue string
	Within          time.Duration
}

func (e *UnansweredError) Error() string {
	return fmt.Sprintf("no worker on the task queue %s %s within %s", e.Queue, e.Question, e.Within)
}

// SealingKey asks a worker for the key that sensitive values are sealed with.
func SealingKey(ctx context.Context, t Temporal, queue string) (deploy.SealingKey, error) {
	var key deploy.SealingKey
	err := question(ctx, t, client.StartWorkflowOptions{
		ID: "sealing-key/" + rand.Text(), TaskQueue: queue, WorkflowExecutionTimeout: keyTimeout, StaticSummary: "sealing key",
	}, "told the sealing key", &key, workflows.SealingKeyType)
	return key, err
}

// Plan asks a worker what deploying would come to. Nothing is changed. The error
// is a *FailedError where the request is wrong, or the plan could not be made.
func Plan(ctx context.Context, t Temporal, queue, deployment string, request deploy.Request) (deploy.Preview, error) {
	var preview deploy.Preview
	err := question(ctx, t, client.StartWorkflowOptions{
		ID: workflows.PlanID(deployment, rand.Text()), TaskQueue: queue, WorkflowExecutionTimeout: planTimeout, StaticSummary: summary(request),
	}, "made the plan", &preview, workflows.PlanType, request)
	var ended *temporal.WorkflowExecutionError
	if errors.As(err, &ended) {
		return preview, failedBy(deployment, ended)
	}
	return preview, err
}

// question runs a short workflow to its end.
func question(ctx context.Context, t Temporal, options client.StartWorkflowOptions, what string, answer any, workflowType string, args ...any) error {
	started, err := t.ExecuteWorkflow(ctx, options, workflowType, args...)
	if err != nil {
		return err
	}
	err = started.Get(ctx, answer)
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		return &UnansweredError{Question: what, Queue: options.TaskQueue, Within: options.WorkflowExecutionTimeout}
	}
	return err
}
