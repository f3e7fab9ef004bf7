// Package client starts deployments from other Go programs, waits for them, and
// follows them. It links Temporal's SDK and nothing of what reaches machines: a
// caller needs no credentials but those of Temporal.
//
// A deployment that somebody else deploys at the moment is a *RunningError, one
// that failed or needs a person a *FailedError, whose parts are *Failure, and a
// request that is wrong an *InvalidError: all to be found by errors.As.
package client

import (
	"context"

	"go.temporal.io/sdk/client"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/workflows"
)

// What goes over the wire, by the names that callers know it by.
type (
	// Request is the value that starts Deploy.
	Request = deploy.Request
	// DestroyRequest is the value that starts Destroy.
	DestroyRequest = deploy.DestroyRequest
	// Outcome is what an operation returns.
	Outcome = deploy.Outcome
	// Status is where an operation stands.
	Status = deploy.Status
)

// TaskQueue is where workers take their work from, unless configured otherwise.
const TaskQueue = workflows.TaskQueue

// Client starts operations on deployments. It is safe for concurrent use.
type Client struct {
	temporal operation.Temporal
	queue    string
	pace     operation.Pace
}

// New makes a client that speaks through the given one of Temporal's, which stays
// the caller's to close. An empty queue means TaskQueue.
func New(temporal client.Client, queue string) *Client { return with(temporal, queue) }

// Dial connects to the Temporal server that the environment names, in Temporal's
// own way: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS…, TEMPORAL_API_KEY,
// and profiles of TEMPORAL_CONFIG_FILE. The error of a server that does not answer
// within seconds is an *UnreachableError. An empty queue means TaskQueue.
func Dial(ctx context.Context, queue string) (*Client, error) {
	temporal, err := operation.Dial(ctx)
	if err != nil {
		return nil, err
	}
	return with(temporal, queue), nil
}

func with(temporal operation.Temporal, queue string) *Client {
	if queue == "" {
		queue = TaskQueue
	}
	return &Client{temporal: temporal, queue: queue, pace: operation.UsualPace()}
}

// Close ends the connection. What was started goes on.
func (c *Client) Close() { c.temporal.Close() }

// Deploy starts bringing a deployment to what the request says, and returns once
// that is recorded. Nothing is started for a request that cannot be understood,
// an *InvalidError; that of another operation in progress is a *RunningError.
func (c *Client) Deploy(ctx context.Context, deployment string, request Request) (*Operation, error) {
	if err := deploy.CheckName(deployment); err != nil {
		return nil, err
	}
	if err := request.Check(); err != nil {
		return nil, err
	}
	run, err := operation.Start(ctx, c.temporal, c.queue, deployment, request)
	return c.operation(run, err)
}

// Destroy starts removing a deployment. Its errors are those of Deploy.
func (c *Client) Destroy(ctx context.Context, deployment string, request DestroyRequest) (*Operation, error) {
	if err := deploy.CheckName(deployment); err != nil {
		return nil, err
	}
	if err := request.Check(); err != nil {
		return nil, err
	}
	run, err := operation.Destroy(ctx, c.temporal, c.queue, deployment, request)
	return c.operation(run, err)
}

// Find returns the newest operation on a deployment, running or over: whoever was
// told that one runs already waits for it so. The error is an *UnknownError where
// there was none.
func (c *Client) Find(ctx context.Context, deployment string) (*Operation, error) {
	run, err := operation.Find(ctx, c.temporal, deployment)
	return c.operation(run, err)
}

// Seal encrypts the values of sensitive parameters, by name, to the worker's key, so
// that they may be part of a request for that deployment.
func (c *Client) Seal(ctx context.Context, deployment string, values map[string]string) (map[string]string, error) {
	return operation.Seal(ctx, c.temporal, c.queue, deployment, values)
}

func (c *Client) operation(run operation.Run, err error) (*Operation, error) {
	if err != nil {
		return nil, err
	}
	return &Operation{client: c, run: run}, nil
}
