package activities

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"go.temporal.io/sdk/activity"

	"aiolos/deploy"
)

// ofJobs are the kinds of failure that stay whenever the same job is found again.
var ofJobs = []deploy.Kind{deploy.KindJob, deploy.KindJobLost, deploy.KindPuppet}

// takenUp does what an action does. An operation that is taken up from an earlier
// run asks for that run's jobs as long as nothing else was recorded: one that
// succeeded counts, however late, and one that failed is begun anew for this run.
func takenUp[C any](ctx context.Context, in ActionInput[C], do func(ActionInput[C]) (ActionResult, error)) (ActionResult, error) {
	result, err := do(in)
	var k kinded
	if !activity.IsActivity(ctx) || !errors.As(err, &k) || !slices.Contains(ofJobs, k.Kind()) {
		return result, err
	}
	if current := cmp.Or(in.Current, activity.GetInfo(ctx).WorkflowExecution.RunID); current != in.Run {
		in.Run = current
		return do(in)
	}
	return result, err
}
