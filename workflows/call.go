package workflows

import (
	"context"

	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
)

// deeds is only a reference to the activities' methods: it is nil and stays so.
var deeds *activities.Deeds

// call runs an activity and waits for its result. Input and output are those of
// the method, so that a mismatch does not compile; Temporal itself would fill
// in zero values and say nothing.
func call[I, O any](ctx workflow.Context, options workflow.ActivityOptions, act func(context.Context, I) (O, error), in I) (O, error) {
	var out O
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), act, in).Get(ctx, &out)
	return out, err
}

// summarized returns the options with what the UI shows for the activity and
// the ID by which status finds it.
func summarized(options workflow.ActivityOptions, id, summary string) workflow.ActivityOptions {
	options.ActivityID = id
	options.Summary = summary
	return options
}
