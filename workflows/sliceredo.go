package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
)

// elsewhere is what slices were told to stop, to do it anew later.
type elsewhere struct {
	d      *deployment
	number int
	slices []*slice
	unmet  []deploy.Need
}

// stopSlices has slices stop those of some steps that they run, and returns the others.
func (d *deployment) stopSlices(affected []*deploy.StepStatus) (own []*deploy.StepStatus, e *elsewhere) {
	e = &elsewhere{d: d}
	if d.cutting == nil {
		return affected, e
	}
	d.cutting.redos++
	e.number = d.cutting.redos
	stop := map[*slice][]StepNamed{}
	anew := map[string]bool{}
	for _, status := range affected {
		anew[status.Name] = true
		s := d.sliceOf(status.Name, status.Node)
		if s == nil {
			own = append(own, status)
			continue
		}
		if stop[s] == nil {
			e.slices = append(e.slices, s)
		}
		stop[s] = append(stop[s], StepNamed{status.Name, status.Node})
		d.presume(s, status)
	}
	d.gatherFailures()
	e.unmet = d.unmet(anew)
	for _, s := range e.slices {
		s.tell(func(n *News) { n.Redo = append(n.Redo, Redo{Number: e.number, Stop: stop[s], Unmet: e.unmet}) })
	}
	return own, e
}

// unmet are the needs of slices' steps that are no longer fulfilled when some steps are done anew.
func (d *deployment) unmet(anew map[string]bool) []deploy.Need {
	var all []deploy.Need
	for _, step := range d.plan.Steps {
		for _, need := range step.Needs {
			if d.cutting.steps[step.Name] && need.Of != deploy.NeedOwn && anew[need.Step] {
				all = append(all, need)
			}
		}
	}
	return all
}

// stopped waits until all slices have stopped what they were told to.
func (e *elsewhere) stopped(ctx workflow.Context) error {
	if len(e.slices) == 0 {
		return nil
	}
	c := e.d.cutting
	return workflow.Await(ctx, func() bool { return c.stopped[e.number] == len(e.slices) || e.d.stopping() })
}

// goOn has slices do anew what they have stopped, with the machine that there is now.
func (e *elsewhere) goOn(node *boardNode) {
	if len(e.slices) == 0 {
		return
	}
	c := e.d.cutting
	machine := node.AsInstance()
	for _, s := range e.slices {
		s.tell(func(n *News) {
			n.Redo = append(n.Redo, Redo{Number: e.number, Go: true, Instances: deploy.Instances{machine}})
		})
	}
	// They are told again once they are fulfilled.
	for _, need := range e.unmet {
		if !slices.Contains(c.needs, need) {
			c.needs = append(c.needs, need)
		}
	}
}
