package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"aiolos/deploy"
)

// kinded is an adapter's typed error. Adapters say what an error is; what
// follows from it is decided here and nowhere else.
type kinded interface {
	error
	Kind() deploy.Kind
}

// evident is an error that keeps what the tool itself said.
type evident interface{ Evidence() []string }

// temporary is an error that knows whether it passes by itself, where its kind
// alone does not tell.
type temporary interface{ Temporary() bool }

// retryable says which kinds of failure may pass by themselves. A kind that is
// not listed may, and so may an error of no kind: giving up wrongly costs a
// deployment, a retry too many costs seconds.
var retryable = map[deploy.Kind]bool{
	// The same request is wrong again.
	deploy.KindInvalidRequest: false,
	// Providers throttle, time out, and are short of capacity for a while.
	deploy.KindLaunch: true,
	// Networks come back, machines boot.
	deploy.KindUnreachable: true,
	// It does not come back; replace-node puts another in its place.
	deploy.KindGone: false,
	// Another machine answers at the node's address, or someone listens in:
	// asking again only gives them another try.
	deploy.KindHostKey: false,
	// The SSH adapter has waited for the key to be installed already.
	deploy.KindAuth: false,
	// A command that failed is run anew only by a deliberate attempt, which the
	// workflow makes: a retry of this attempt would only find the failed job.
	deploy.KindJob:    false,
	deploy.KindPuppet: false,
	// Likewise: the job of this attempt is gone, and does not come back.
	deploy.KindJobLost: false,
	// Unless gluster says that it is only busy, which Temporary tells.
	deploy.KindGluster: false,
	// What exists differs from what was asked for until someone changes one of them.
	deploy.KindConflict: false,
	// What was awaited was awaited long enough.
	deploy.KindTimeout: false,
	// Unless the repository could only not be reached, which Temporary tells.
	deploy.KindSource: false,
	// A person has decided.
	deploy.KindRejected: false,
	// Evaluation is deterministic.
	deploy.KindExpression: false,
}

// deliberate says of which kinds of failure a new attempt of the step, which the
// blueprint asks for by "retry", may do better: where the node, the network or
// another service were the cause. Where the request is wrong, or someone else's
// definition in the way, it cannot, and where another machine answers it must not.
var deliberate = map[deploy.Kind]bool{
	deploy.KindLaunch: true, deploy.KindUnreachable: true, deploy.KindAuth: true, deploy.KindJob: true, deploy.KindJobLost: true,
	deploy.KindPuppet: true, deploy.KindGluster: true, deploy.KindTimeout: true, deploy.KindSource: true, deploy.KindStep: true,
}

// Deliberate says whether a failure of that kind may be worth a new attempt of
// the whole step.
func Deliberate(kind deploy.Kind) bool { return deliberate[kind] }

// translateHidden is translate for an error that may tell secrets.
func translateHidden(err error, secrets []string, step, node string) error {
	if err == nil || len(secrets) == 0 {
		return translate(err, step, node)
	}
	return translate(&hiddenError{err, secrets}, step, node)
}

// translate turns an adapter's error into the Temporal application error that
// tells callers in any language what failed, where, and whether it is retried.
func translate(err error, step, node string) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	f := deploy.Failure{Kind: deploy.KindStep, Step: step, Node: node, Message: err.Error()}
	again := true
	var invalid *deploy.InvalidError
	var k kinded
	switch {
	case errors.As(err, &invalid):
		f.Kind, again = deploy.KindInvalidRequest, false
	case errors.As(err, &k):
		f.Kind = k.Kind()
		if known, ok := retryable[f.Kind]; ok {
			again = known
		}
		// Of the typed error itself: what it wraps may be temporary in a sense of
		// its own, as context.DeadlineExceeded is.
		if t, ok := k.(temporary); ok {
			again = t.Temporary()
		}
	case errors.Is(err, context.DeadlineExceeded):
		f.Kind, f.Message = deploy.KindTimeout, fmt.Sprintf("not done in time: %v", err)
	}
	var e evident
	if errors.As(err, &e) {
		f.Evidence = e.Evidence()
	}
	return temporal.NewApplicationErrorWithOptions(f.Error(), string(f.Kind), temporal.ApplicationErrorOptions{
		NonRetryable: !again, Details: []any{f},
	})
}
