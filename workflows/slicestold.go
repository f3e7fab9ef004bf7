package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
)

// deliver sends a slice what it is to be told, one message at a time: whatever comes
// up meanwhile goes with the next.
func (d *deployment) deliver(ctx workflow.Context, s *slice) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	workflow.GoNamed(ctx, "news for "+s.name, func(ctx workflow.Context) {
		for {
			err := workflow.Await(ctx, func() bool { return s.done || (s.hasMail && s.child != nil) })
			if err != nil || s.done {
				return
			}
			mail := s.mail
			s.mail, s.hasMail = News{}, false
			if err := s.child.SignalChildWorkflow(ctx, NewsSignal, mail).Get(ctx, nil); err != nil && !s.done {
				// One that is no more says so itself, by how it ended.
				workflow.GetLogger(ctx).Warn("A slice could not be told the news", "slice", s.name, "error", err)
			}
		}
	})
}

// keepTelling tells slices what concerns them of all that happens.
func (d *deployment) keepTelling(ctx workflow.Context) {
	d.tellNeeds(ctx)
	d.tellSteps(ctx)
	workflow.GoNamed(ctx, "tell the ending", func(ctx workflow.Context) {
		if workflow.Await(ctx, d.stopping) == nil {
			d.cutting.tellAll(func(n *News) { n.Ending = true })
		}
	})
	workflow.GoNamed(ctx, "tell the end", func(ctx workflow.Context) {
		if workflow.Await(ctx, func() bool { return d.unfinished == 0 }) == nil {
			d.cutting.tellAll(func(n *News) { n.End = true })
		}
	})
}

// tellNeeds tells all slices when a need is fulfilled that only this workflow can judge.
func (d *deployment) tellNeeds(ctx workflow.Context) {
	c := d.cutting
	met := func(need deploy.Need) bool { return d.board.met(need, "") }
	workflow.GoNamed(ctx, "tell needs", func(ctx workflow.Context) {
		for workflow.Await(ctx, func() bool { return slices.ContainsFunc(c.needs, met) }) == nil {
			for _, need := range c.needs {
				if met(need) {
					c.tellAll(func(n *News) { n.Met = append(n.Met, need) })
				}
			}
			c.needs = slices.DeleteFunc(c.needs, met)
		}
	})
}

// tellSteps tells slices of the steps that this workflow runs on their nodes, where
// steps of theirs need them.
func (d *deployment) tellSteps(ctx workflow.Context) {
	needed := map[string]bool{}
	for _, step := range d.plan.Steps {
		for _, need := range step.Needs {
			if d.cutting.steps[step.Name] && need.Of == deploy.NeedOwn && !d.cutting.steps[need.Step] {
				needed[need.Step] = true
			}
		}
	}
	var open []*deploy.StepStatus
	for _, s := range d.board.steps {
		if needed[s.Name] {
			open = append(open, s)
		}
	}
	if len(open) == 0 {
		return
	}
	workflow.GoNamed(ctx, "tell steps", func(ctx workflow.Context) {
		for len(open) > 0 && workflow.Await(ctx, func() bool { return slices.ContainsFunc(open, d.board.over) }) == nil {
			for _, s := range open {
				if d.board.over(s) {
					d.cutting.of[s.Node].tell(func(n *News) { n.Over = append(n.Over, StepNamed{s.Name, s.Node}) })
				}
			}
			open = slices.DeleteFunc(open, d.board.over)
		}
	})
}

// passOn tells slices of a fact: the one whose node it is of, unless it said so
// itself, and those that have asked for it.
func (d *deployment) passOn(node, name string) {
	c := d.cutting
	value, _ := d.board.Fact(node, name)
	tell := func(s *slice) {
		if s != nil && s != c.hearing {
			s.tell(func(n *News) { n.Facts = append(n.Facts, Told{node, name, value}) })
		}
	}
	own := c.of[node]
	tell(own)
	for _, s := range c.wants[FactNamed{node, name}] {
		if s != own {
			tell(s)
		}
	}
}

// passOnKnown tells slices what has been told before there were any, other than what
// they begin with.
func (d *deployment) passOnKnown() {
	for _, n := range d.board.nodes {
		for _, name := range workflow.DeterministicKeys(n.facts) {
			if !slices.Contains([]string{"address", "hostname", "id"}, name) {
				d.passOn(n.Name, name)
			}
		}
	}
}

// passDecisions tells slices what was decided about steps of theirs.
func (d *deployment) passDecisions(ctx workflow.Context, all []*deploy.StepStatus) {
	for _, status := range all {
		if s := d.sliceOf(status.Name, status.Node); s != nil {
			c := d.decided[status]
			s.tell(func(n *News) {
				n.Decided = append(n.Decided, Decided{StepNamed: StepNamed{status.Name, status.Node}, Again: c.again, By: c.passed})
			})
			d.presume(s, status)
		}
	}
	if d.cutting != nil {
		d.gatherFailures()
		d.tellFailedStep(ctx)
		d.attend(ctx)
	}
}

// presume has a step that failed in a slice wait, as it will there once the slice has
// heard: until it says so itself, nobody shall be asked to decide again.
func (d *deployment) presume(s *slice, status *deploy.StepStatus) {
	delete(d.paused, status)
	delete(d.decided, status)
	s.failures = slices.DeleteFunc(s.failures, func(f deploy.Failure) bool { return f.Step == status.Name && f.Node == status.Node })
	d.board.reset(status)
}

// passPlan tells all slices what a retry has changed of the plan.
func (d *deployment) passPlan() {
	if d.cutting == nil {
		return
	}
	for _, s := range d.cutting.slices {
		s.tell(func(n *News) { n.Plan = &PlanChange{Parameters: d.plan.Parameters, Steps: d.slicedSteps(s)} })
	}
}
