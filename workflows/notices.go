package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// notices are the changes of an operation's state that are still to be announced.
// Who wants to be told is the worker's to know, and the workflow learns it from what
// its first activity returns: until then they wait. Where nobody does, as in all
// operations that began before there were notices, nothing is asked for.
type notices struct {
	queue  []deploy.Notice
	wanted map[deploy.State]bool
	// known says that wanted is; sending that the queue is being worked off.
	known, sending bool
	sequence       int
}

// note has a change of state announced.
func (d *deployment) note(ctx workflow.Context, previous deploy.State) {
	info := workflow.GetInfo(ctx)
	d.notices.sequence++
	n := deploy.Notice{
		ID:         fmt.Sprintf("%s-%d", info.WorkflowExecution.RunID, d.notices.sequence),
		Deployment: d.name, Run: info.WorkflowExecution.RunID, Operation: info.WorkflowType.Name,
		Blueprint: d.request.Blueprint, Provider: d.request.Provider,
		State: d.state, Previous: previous, Sequence: d.notices.sequence, Time: workflow.Now(ctx).Truncate(time.Millisecond),
		Failures: deploy.NoticeFailures(d.failures),
	}
	if d.plan != nil {
		n.Provider = d.plan.Provider
	}
	if d.notices.sequence == 1 {
		n.Previous = ""
	}
	d.notices.queue = append(d.notices.queue, n)
	d.announce(ctx)
}

// notify says which states somebody wants to be told of.
func (d *deployment) notify(ctx workflow.Context, wanted []deploy.State) {
	d.notices.known, d.notices.wanted = true, map[deploy.State]bool{}
	for _, state := range wanted {
		d.notices.wanted[state] = true
	}
	d.announce(ctx)
}

// announce works the queue off beside everything else, in order. What cannot be
// handed over is dropped: an operation never fails of it, nor waits long.
func (d *deployment) announce(ctx workflow.Context) {
	if !d.notices.known || d.notices.sending || len(d.notices.take(false)) == 0 {
		return
	}
	d.notices.sending = true
	// That an operation is cancelled is announced as well.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { d.notices.sending = false }()
		for next := d.notices.take(true); len(next) > 0; next = d.notices.take(true) {
			last := next[len(next)-1]
			options := summarized(announcing(), fmt.Sprintf("announce/%d", last.Sequence), "Announce "+string(last.State))
			if _, err := call(ctx, options, deeds.Announce, activities.AnnounceInput{Notices: next}); err != nil {
				workflow.GetLogger(ctx).Warn("A notice could not be handed over", "state", last.State, "error", err)
			}
		}
	})
}

// take returns what is to be announced, and forgets it if it goes on its way.
func (n *notices) take(going bool) []deploy.Notice {
	n.queue = slices.DeleteFunc(n.queue, func(one deploy.Notice) bool { return !n.wanted[one.State] })
	next := n.queue
	if going {
		n.queue = nil
	}
	return next
}

// announced returns once everything is handed over. An operation that failed before
// it could learn who wants to be told of it leaves that to the worker.
func (d *deployment) announced(ctx workflow.Context) error {
	if !d.notices.known && workflow.GetVersion(ctx, "announce-unplanned", workflow.DefaultVersion, 1) != workflow.DefaultVersion {
		d.notify(ctx, deploy.States())
	}
	return workflow.Await(ctx, func() bool { return !d.notices.sending })
}
