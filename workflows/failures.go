package workflows

import (
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"

	"aiolos/deploy"
)

// failureOf reads the failure that an activity's error carries.
func failureOf(err error, step, node string) deploy.Failure {
	f := deploy.Failure{Kind: deploy.KindStep, Step: step, Node: node, Message: err.Error()}
	var own *deploy.Failure
	var kinded interface{ Kind() deploy.Kind }
	var application *temporal.ApplicationError
	var timeout *temporal.TimeoutError
	switch {
	case errors.As(err, &own):
		f = *own
	case errors.As(err, &kinded):
		f.Kind = kinded.Kind()
	case errors.As(err, &application):
		f.Kind, f.Message = deploy.Kind(application.Type()), application.Message()
		var carried deploy.Failure
		if application.HasDetails() && application.Details(&carried) == nil && carried.Message != "" {
			f = carried
		}
	case errors.As(err, &timeout):
		f.Kind = deploy.KindTimeout
		f.Message = fmt.Sprintf("no end in time (%s)", timeout.TimeoutType())
	}
	if f.Step == "" {
		f.Step = step
	}
	if f.Node == "" {
		f.Node = node
	}
	return f
}

// failed makes the error that ends a deployment. It is never retried: every
// step had its retries, and what remains needs a person, or a new operation.
func failed(failures []deploy.Failure, left []string) error {
	kind := failures[0].Kind
	messages := make([]string, len(failures))
	for i, f := range failures {
		messages[i] = f.Error()
		if f.Kind != kind {
			kind = deploy.KindStep
		}
	}
	for _, l := range left {
		messages = append(messages, "left: "+l)
	}
	return temporal.NewApplicationErrorWithOptions(strings.Join(messages, "\n"), string(kind), temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{failures},
	})
}
