package operation

import (
	"context"
	"errors"

	"go.temporal.io/sdk/temporal"

	"aiolos/deploy"
)

// End returns what a closed operation returned. That it failed is a *FailedError.
func End(ctx context.Context, t Temporal, run Run) (deploy.Outcome, error) {
	var outcome deploy.Outcome
	err := t.GetWorkflow(ctx, run.Deployment, run.ID).Get(ctx, &outcome)
	if err == nil {
		return withLists(outcome), nil
	}
	var ended *temporal.WorkflowExecutionError
	if !errors.As(err, &ended) {
		return deploy.Outcome{}, err
	}
	return deploy.Outcome{}, failedBy(run.Deployment, ended)
}

func failedBy(deployment string, err *temporal.WorkflowExecutionError) *FailedError {
	e := &FailedError{Deployment: deployment, State: deploy.StateFailed}
	var application *temporal.ApplicationError
	var cancelled *temporal.CanceledError
	var terminated *temporal.TerminatedError
	var timeout *temporal.TimeoutError
	switch {
	case errors.As(err, &application):
		e.Failures = failuresOf(application)
	case errors.As(err, &cancelled):
		e.State = deploy.StateCancelled
		e.Failures = plain("it was cancelled; what was made stays")
	case errors.As(err, &terminated):
		e.State = StateTerminated
		e.Failures = plain("it was terminated; what was made stays")
	case errors.As(err, &timeout):
		e.State = StateTimedOut
		e.Failures = plain("it took longer than it was allowed to; what was made stays")
	default:
		e.Failures = plain(err.Error())
	}
	return e
}

// failuresOf reads the failures that a workflow's error carries. One that
// carries none, as after a panic, speaks by its message.
func failuresOf(err *temporal.ApplicationError) []deploy.Failure {
	var many []deploy.Failure
	if err.HasDetails() && err.Details(&many) == nil && len(many) > 0 {
		return many
	}
	var one deploy.Failure
	if err.HasDetails() && err.Details(&one) == nil && one.Message != "" {
		return []deploy.Failure{one}
	}
	return []deploy.Failure{{Kind: deploy.Kind(err.Type()), Message: err.Message()}}
}

func plain(message string) []deploy.Failure {
	return []deploy.Failure{{Kind: deploy.KindStep, Message: message}}
}

func withLists(o deploy.Outcome) deploy.Outcome {
	if o.Nodes == nil {
		o.Nodes = []deploy.NodeStatus{}
	}
	if o.Changes == nil {
		o.Changes = []string{}
	}
	return o
}
