package workflows

import (
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// hear takes what the deployment's workflow tells, for as long as the slice lasts.
func (d *deployment) hear(ctx workflow.Context) {
	const about = "What has happened in other slices, and what was decided. The deployment's own workflow sends it."
	receive(ctx, "hear", NewsSignal, about, func(ctx workflow.Context, n News) {
		before := d.board.moves
		d.take(ctx, n)
		// What one was told need not be told back.
		d.part.moves += d.board.moves - before
	})
}

func (d *deployment) take(ctx workflow.Context, n News) {
	for _, need := range n.Met {
		d.board.told[need] = true
	}
	for _, s := range n.Over {
		if status := d.board.at[s.on()]; status != nil && !d.board.over(status) {
			d.board.finish(status, deploy.StepDone, workflow.Now(ctx), "")
		}
	}
	for _, f := range n.Facts {
		if d.part.mine[f.Node] {
			d.board.put(f.Node, f.Name, f.Value)
		} else {
			d.board.tell(f.Node, f.Name, f.Value)
		}
	}
	if n.Plan != nil {
		d.changePlan(ctx, n.Plan)
	}
	for _, c := range n.Decided {
		if status := d.board.at[c.on()]; status != nil && d.paused[status] {
			d.decided[status] = &decision{again: c.Again, passed: c.By}
		}
	}
	for _, r := range n.Redo {
		d.redo(r)
	}
	if n.GiveUp {
		d.giveUp(ctx)
	}
	d.ending = d.ending || n.Ending
	d.part.end = d.part.end || n.End
}

// changePlan takes over what a retry has changed. That it compiles, who made it has
// seen already.
func (d *deployment) changePlan(ctx workflow.Context, c *PlanChange) {
	for i := range c.Steps {
		c.Steps[i].Nodes = d.part.own(c.Steps[i].Nodes)
	}
	plan := *d.plan
	plan.Parameters, plan.Steps = c.Parameters, c.Steps
	expr, err := plan.Evaluator(activities.Types())
	if err != nil {
		workflow.GetLogger(ctx).Error("The changed plan cannot be taken over", "error", err)
		return
	}
	// Tracks refer to the steps in place.
	copy(d.plan.Steps, c.Steps)
	d.plan.Parameters, d.expr = c.Parameters, expr
}

// redo stops steps, says so, and does them anew when it is told to.
func (d *deployment) redo(r Redo) {
	for _, need := range r.Unmet {
		delete(d.board.told, need)
	}
	if r.Go {
		d.part.going[r.Number] = r
		return
	}
	var affected []*deploy.StepStatus
	for _, s := range r.Stop {
		if status := d.board.at[s.on()]; status != nil {
			affected = append(affected, status)
		}
	}
	d.spawn(d.ctx, &runner{name: "redo", do: func(ctx workflow.Context) error {
		again, err := d.halt(ctx, affected)
		if err != nil {
			return err
		}
		d.part.stopped = append(d.part.stopped, r.Number)
		if err := workflow.Await(ctx, func() bool { return d.part.going[r.Number].Go || d.stopping() }); err != nil || d.stopping() {
			return err
		}
		for _, i := range d.part.going[r.Number].Instances {
			if d.part.mine[i.Node] {
				d.board.forget(i.Node)
				d.board.launched(i)
			}
		}
		delete(d.part.going, r.Number)
		d.goOn(again)
		return nil
	}})
}
