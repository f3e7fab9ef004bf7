package client

import (
	"context"

	"aiolos/starter/operation"
)

// Operation is one Deploy or Destroy, running or over.
type Operation struct {
	client *Client
	run    operation.Run
}

// Deployment is the name of what it works on, and its Temporal workflow ID.
func (o *Operation) Deployment() string { return o.run.Deployment }

// RunID is Temporal's ID of this run of the workflow.
func (o *Operation) RunID() string { return o.run.ID }

// Wait waits for the end, and returns the outcome. The error is a *FailedError
// where the operation failed, or needs a person and nothing goes on beside; a
// *LostError where Temporal stays away for minutes; or the context's. The
// operation goes on whatever becomes of the caller, who may find and await it again.
func (o *Operation) Wait(ctx context.Context) (Outcome, error) {
	return o.Follow(ctx, func(Status) {})
}

// Follow is Wait, and calls show with where the operation stands: at once, when
// something happens, and every other second, never twice at a time.
func (o *Operation) Follow(ctx context.Context, show func(Status)) (Outcome, error) {
	return operation.Follow(ctx, o.client.temporal, o.run, o.client.pace, func(s operation.Snapshot) { show(s.Status) })
}

// Status asks where the operation stands. While no worker answers, it holds only
// what Temporal itself knows.
func (o *Operation) Status(ctx context.Context) (Status, error) {
	snapshot, err := operation.Look(ctx, o.client.temporal, o.run)
	return snapshot.Status, err
}

// Cancel asks the operation to end: what the request said of failures decides what
// becomes of that which was made.
func (o *Operation) Cancel(ctx context.Context) error {
	_, err := operation.Cancel(ctx, o.client.temporal, o.run.Deployment)
	return err
}
