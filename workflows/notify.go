package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// Deliveries is what is delivered by the workflow Notify, and where.
type Deliveries struct {
	Deployment string `json:"deployment"`
	// Endpoint is the name of one that the operator has configured.
	Endpoint string `json:"endpoint"`
	// Notices come before those that are signalled.
	Notices []deploy.Notice `json:"notices,omitempty"`
}

// Delivered says what became of notices.
type Delivered struct {
	Delivered int `json:"delivered"`
	// GivenUp lists the IDs of those that could not be, each with the reason.
	GivenUp []string `json:"given_up,omitempty"`
}

// Notify delivers notices of one deployment to one endpoint, one after the other, so
// that a receiver that is away for a while gets them in their order and holds up
// nothing but itself. It ends when there are no more.
func Notify(ctx workflow.Context, in Deliveries) (Delivered, error) {
	signals := workflow.GetSignalChannel(ctx, NoticeSignal)
	var done Delivered
	queue, seen := in.Notices, map[string]bool{}
	for {
		for more := true; more; {
			var n deploy.Notice
			if more = signals.ReceiveAsync(&n); more {
				queue = append(queue, n)
			}
		}
		if len(queue) == 0 {
			return done, nil
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return done, workflow.NewContinueAsNewError(ctx, NotifyType, Deliveries{Deployment: in.Deployment, Endpoint: in.Endpoint, Notices: queue})
		}
		n := queue[0]
		queue = queue[1:]
		// Who hands notices over may have done so twice.
		if seen[n.ID] {
			continue
		}
		seen[n.ID] = true
		options := summarized(delivering(), "", fmt.Sprintf("Tell %s that %s is %s", in.Endpoint, in.Deployment, n.State))
		_, err := call(ctx, options, deeds.Notify, activities.NotifyInput{Endpoint: in.Endpoint, Notice: n})
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
		if err != nil {
			done.GivenUp = append(done.GivenUp, n.ID+": "+failureOf(err, "", "").Message)
			continue
		}
		done.Delivered++
	}
}
