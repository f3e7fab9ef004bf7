package operation

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"

	"aiolos/deploy"
)

// UnreachableError says that the Temporal server cannot be used.
type UnreachableError struct {
	Address string
	Cause   error
}

// Error names the address and the remedy.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("Temporal does not answer at %s: %v\nStart a lab on this machine with: aiolos-lab up --detach\n"+
		"Or say with TEMPORAL_ADDRESS where Temporal is.", e.Address, e.Cause)
}

// Unwrap gives the client's own error.
func (e *UnreachableError) Unwrap() error { return e.Cause }

// UnknownError says that there is no deployment of a name.
type UnknownError struct{ Deployment string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("no deployment of that name: %s (aiolos list shows those there are)", e.Deployment)
}

// ForeignError says that a workflow of the name is no operation of Aiolos.
type ForeignError struct{ Deployment, Type string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("no deployment of that name: the workflow %s is of type %s", e.Deployment, e.Type)
}

// RunningError says that an operation on the deployment runs already. There is
// never more than one at a time.
type RunningError struct{ Run }

func (e *RunningError) Error() string {
	return fmt.Sprintf("%s runs on %s already; follow it with: aiolos watch %s", e.Type, e.Deployment, e.Deployment)
}

// LostError says that Temporal stopped answering while an operation was followed.
type LostError struct {
	Deployment string
	Cause      error
}

func (e *LostError) Error() string {
	return fmt.Sprintf("Temporal no longer answers: %v\n%s goes on once it does; follow it with: aiolos watch %s", e.Cause, e.Deployment, e.Deployment)
}

// Unwrap gives the client's own error.
func (e *LostError) Unwrap() error { return e.Cause }

// FailedError says that an operation ended without success, or needs a person.
type FailedError struct {
	Deployment string           `json:"deployment"`
	State      deploy.State     `json:"state"`
	Failures   []deploy.Failure `json:"failures"`
	// Left lists what a rollback could not unmake, and why.
	Left []string `json:"left,omitempty"`
}

func (e *FailedError) Error() string {
	text := fmt.Sprintf("%s: %s", e.Deployment, e.State)
	for _, f := range e.Failures {
		text += "\n" + f.Error()
	}
	return text
}

// Unwrap gives the failures, each a *deploy.Failure.
func (e *FailedError) Unwrap() []error {
	all := make([]error, len(e.Failures))
	for i := range e.Failures {
		all[i] = &e.Failures[i]
	}
	return all
}

// Invalid says that nothing was done because the request was wrong.
func (e *FailedError) Invalid() bool {
	for _, f := range e.Failures {
		if f.Kind != deploy.KindInvalidRequest {
			return false
		}
	}
	return len(e.Failures) > 0
}

// away says that an error of the client may pass by itself: the server is
// restarted, the network is down, a call took too long.
func away(err error) bool {
	var unavailable *serviceerror.Unavailable
	var deadline *serviceerror.DeadlineExceeded
	var busy *serviceerror.ResourceExhausted
	return errors.As(err, &unavailable) || errors.As(err, &deadline) || errors.As(err, &busy) || errors.Is(err, context.DeadlineExceeded)
}
