package workflows

import (
	"errors"
	"slices"

	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
)

// parking is for runners of a slice that wait for what has to be done on many nodes. All
// of them would wait for the same, each with a stack of its own, and be asked at every
// event whether it can go on. Instead they end, and are begun again once they can.
type parking struct {
	// on are they by what they wait for, in the order in which they came; watched says
	// that somebody waits in their place.
	on      map[deploy.Need][]*runner
	watched map[deploy.Need]bool
}

// errParked ends a runner that will be begun again.
var errParked = errors.New("parked")

type runnerKey struct{}

// park has the runner of ctx wait without a coroutine for a need that is the same for
// all nodes. It is false where there is nothing to be gained, or the operation ends.
func (d *deployment) park(ctx workflow.Context, need deploy.Need) bool {
	r, _ := ctx.Value(runnerKey{}).(*runner)
	if d.part == nil || !d.part.byNode || r == nil || need.Of == deploy.NeedOwn || d.stopping() || ctx.Err() != nil {
		return false
	}
	p := &d.part.parking
	p.on[need], r.parked = append(p.on[need], r), &need
	if !p.watched[need] {
		p.watched[need] = true
		workflow.GoNamed(d.ctx, "await "+need.Step, func(ctx workflow.Context) { d.unpark(ctx, need) })
	}
	return true
}

// unpark begins again those that waited for a need, one by one, as far as they may be in flight. It may turn
// out to be unmet again meanwhile. Where the operation ends, it begins them too, so that they end by themselves.
func (d *deployment) unpark(ctx workflow.Context, need deploy.Need) {
	p := &d.part.parking
	defer delete(p.watched, need)
	var last *runner
	for len(p.on[need]) > 0 {
		_ = workflow.Await(ctx, func() bool { return d.stopping() || (d.board.met(need, "") && d.mayBegin(last)) })
		if len(p.on[need]) == 0 {
			return
		}
		last = p.on[need][0]
		p.on[need], last.parked = p.on[need][1:], nil
		d.proceed(last)
	}
}

// mayBegin says whether something may begin at another node after that of last.
func (d *deployment) mayBegin(last *runner) bool {
	return d.stopping() || (d.flying < d.part.mayFly && (last == nil || last.begun))
}

// unparked takes a runner that is halted from where it is parked, if it is.
func (d *deployment) unparked(r *runner) bool {
	if r.parked == nil {
		return false
	}
	on := d.part.on
	on[*r.parked] = slices.DeleteFunc(on[*r.parked], func(other *runner) bool { return other == r })
	r.parked = nil
	return true
}
