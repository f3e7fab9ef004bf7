package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"aiolos/deploy"
)

// Notifications tell others of changes of a deployment's state. Whom, and of which
// states, is the operator's to say; a request cannot.
type Notifications interface {
	// Wanted are the states that anybody wants to be told of; none if nobody does.
	Wanted() []deploy.State
	// Announce hands a notice over to be delivered in its time. It does not wait for that.
	Announce(ctx context.Context, n deploy.Notice) error
	// Deliver makes one attempt to deliver a notice to an endpoint of that name.
	Deliver(ctx context.Context, endpoint string, n deploy.Notice) error
}

// wanted are the states that a workflow has to announce.
func (d *Deeds) wanted() []deploy.State {
	if d.Notifications == nil {
		return nil
	}
	return d.Notifications.Wanted()
}

// AnnounceInput holds what shall be told.
type AnnounceInput struct {
	Notices []deploy.Notice `json:"notices"`
}

// AnnounceResult tells nothing.
type AnnounceResult struct{}

// Announce hands notices over, in order, to whoever delivers it. Where nobody wants to be
// told, it does nothing.
func (d *Deeds) Announce(ctx context.Context, in AnnounceInput) (AnnounceResult, error) {
	if d.Notifications == nil {
		return AnnounceResult{}, nil
	}
	for _, n := range in.Notices {
		if err := d.Notifications.Announce(ctx, n); err != nil {
			return AnnounceResult{}, err
		}
	}
	return AnnounceResult{}, nil
}

// NotifyInput says what is delivered, and where: the name of an endpoint that the
// operator has configured.
type NotifyInput struct {
	Endpoint string        `json:"endpoint"`
	Notice   deploy.Notice `json:"notice"`
}

// NotifyResult tells nothing.
type NotifyResult struct{}

// refusal is the error of a receiver that answered.
type refusal interface {
	error
	Gone() bool
}

// later is an error that says when it is worth another attempt.
type later interface{ RetryAfter() time.Duration }

// Notify makes one attempt to deliver a notice. Retries are Temporal's; one that the
// receiver wants no more is not retried.
func (d *Deeds) Notify(ctx context.Context, in NotifyInput) (NotifyResult, error) {
	if d.Notifications == nil {
		return NotifyResult{}, gone("the worker has no notifications configured any more")
	}
	err := d.Notifications.Deliver(ctx, in.Endpoint, in.Notice)
	var refused refusal
	var put later
	switch {
	case errors.As(err, &refused) && refused.Gone():
		return NotifyResult{}, gone(err.Error())
	case errors.As(err, &put) && put.RetryAfter() > 0:
		return NotifyResult{}, temporal.NewApplicationErrorWithOptions(err.Error(), notDelivered, temporal.ApplicationErrorOptions{
			NextRetryDelay: put.RetryAfter(),
		})
	case err != nil && ctx.Err() == nil:
		return NotifyResult{}, temporal.NewApplicationError(err.Error(), notDelivered)
	}
	return NotifyResult{}, err
}

// notDelivered is the type of the error of an attempt.
const notDelivered = "NotDelivered"

func gone(why string) error {
	return temporal.NewNonRetryableApplicationError(why, notDelivered, nil)
}
