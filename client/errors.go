package client

import (
	"aiolos/deploy"
	"aiolos/starter/operation"
)

// Typed failures.
type (
	// FailedError says that an operation ended without success, or needs a person:
	// its State tells. It wraps its failures.
	FailedError = operation.FailedError
	// Failure says what failed, where, and shows the evidence.
	Failure = deploy.Failure
	// Kind names a sort of failure; package deploy lists them.
	Kind = deploy.Kind
	// RunningError says that an operation on the deployment runs already.
	RunningError = operation.RunningError
	// InvalidError holds every problem of a request that was refused.
	InvalidError = deploy.InvalidError
	// UnknownError says that there is no deployment of a name.
	UnknownError = operation.UnknownError
	// ForeignError says that a workflow of the name is no operation on a deployment.
	ForeignError = operation.ForeignError
	// UnreachableError says that the Temporal server cannot be used.
	UnreachableError = operation.UnreachableError
	// LostError says that Temporal stopped answering while an operation was awaited.
	LostError = operation.LostError
	// UnansweredError says that no worker answered a question in time.
	UnansweredError = operation.UnansweredError
)
