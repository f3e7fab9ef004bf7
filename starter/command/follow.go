package command

import (
	"context"
	"errors"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

// connect calls use with a client of Temporal.
func (s *Setting) connect(ctx context.Context, use func(operation.Temporal) error) error {
	t, err := s.Dial(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	defer t.Close()
	return use(t)
}

// follow shows an operation until it ends, and prints how it ended.
func (s *Setting) follow(ctx context.Context, t operation.Temporal, run operation.Run, asJSON bool) error {
	show, finish := s.progress()
	outcome, err := operation.Follow(ctx, t, run, s.Pace, show)
	finish()
	if ctx.Err() != nil {
		return &stoppedError{run}
	}
	if err != nil {
		return s.failed(run.Deployment, err, asJSON)
	}
	if asJSON {
		err = view.JSON(s.Out, outcome)
	} else {
		view.Outcome(s.Out, outcome)
	}
	if err == nil && outcome.State == deploy.StateDrifted {
		return &driftedError{run.Deployment}
	}
	return err
}

// failed prints an error as JSON where that is wanted, and returns it.
func (s *Setting) failed(deployment string, err error, asJSON bool) error {
	if !asJSON {
		return err
	}
	var failed *operation.FailedError
	var invalid *deploy.InvalidError
	switch {
	case errors.As(err, &failed):
	case errors.As(err, &invalid):
		failed = &operation.FailedError{Deployment: deployment, State: deploy.StateFailed}
		for _, line := range problemLines(err) {
			failed.Failures = append(failed.Failures, deploy.Failure{Kind: deploy.KindInvalidRequest, Message: line})
		}
	default:
		return err
	}
	return errors.Join(err, view.JSON(s.Out, failed))
}

// begin prints how to follow what was started, or follows it.
func (s *Setting) begin(ctx context.Context, t operation.Temporal, run operation.Run, detach, asJSON bool) error {
	switch {
	case !detach:
		return s.follow(ctx, t, run, asJSON)
	case asJSON:
		return view.JSON(s.Out, run)
	default:
		_, err := s.Out.Write([]byte(run.Type + " of " + run.Deployment + " has begun. Follow it with: aiolos watch " + run.Deployment + "\n"))
		return err
	}
}
