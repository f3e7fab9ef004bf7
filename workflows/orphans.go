package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// Belongings tells what the worker's providers hold, but for what is of the
// deployments that are named, and changes nothing. Which of it is orphaned can
// only be told by who knows Temporal's runs.
func Belongings(ctx workflow.Context, except []string) (deploy.Belongings, error) {
	return call(ctx, summarized(planning(), "belongings", "List what providers hold"), deeds.Belongings, activities.BelongingsInput{Except: except})
}

// discard removes single things that were left behind. It is a Destroy, as then no
// other operation on a deployment of that name can run beside it.
func (d *deployment) discard(ctx workflow.Context, only []string) (deploy.Outcome, error) {
	done, err := call(ctx, summarized(d.cloud(), "discard", fmt.Sprintf("Remove %d things that were left behind", len(only))), deeds.Discard,
		activities.DiscardInput{Deployment: d.name, Provider: d.request.Provider, Only: only})
	if err != nil {
		return d.end(ctx, err)
	}
	for _, name := range done.Removed {
		d.changes = append(d.changes, "removed "+name)
	}
	for _, name := range done.Others {
		d.left = append(d.left, name+": it is gone already, or serves something else")
	}
	if err := errors.Join(d.enter(ctx, deploy.StateDestroyed), d.announced(ctx)); err != nil {
		return deploy.Outcome{}, err
	}
	return d.outcome(), nil
}
