package deploy

import (
	"slices"
	"strconv"
)

// maxWaiting bounds for how many steps on nodes the plan is searched for those
// that would wait for themselves: every one is evaluated. Beyond, what the
// blueprint alone tells has to do.
const maxWaiting = 2000

// waiter is a step on a node.
type waiter struct{ step, node string }

// checkWaiting refuses a plan in which a step on a node would wait for itself:
// for a fact that only a step makes which, in the end, waits for this one.
func (p *planner) checkWaiting() {
	makers := p.makers()
	total := 0
	for _, s := range p.plan.Steps {
		total += len(s.Nodes)
	}
	if len(makers) == 0 || total > maxWaiting {
		return
	}
	w := &waiting{p: p, makers: makers, facts: newStandIns(p.plan.Nodes, p.existing), state: map[waiter]int{}}
	for i := range p.plan.Steps {
		for _, node := range p.plan.Steps[i].Nodes {
			if cycle := w.visit(waiter{p.plan.Steps[i].Name, node}); cycle != nil {
				first := p.blueprint.step(cycle[0].step)
				names := make([]string, len(cycle))
				for i, c := range cycle {
					names[i] = c.step + " on " + c.node
				}
				p.add(first.at, "steps."+first.name, arrows(names), "steps that do not wait for themselves")
				return
			}
		}
	}
}

// makers tells for each fact of each node which steps are known to make it.
func (p *planner) makers() map[Missing][]string {
	all := map[Missing][]string{}
	for _, s := range p.plan.Steps {
		for _, fact := range p.blueprint.step(s.Name).produces {
			for _, node := range s.Nodes {
				m := Missing{Node: node, Fact: fact}
				all[m] = append(all[m], s.Name)
			}
		}
	}
	return all
}

// waiting searches for steps that wait for themselves, depth first.
type waiting struct {
	p      *planner
	makers map[Missing][]string
	facts  Facts
	state  map[waiter]int
	way    []waiter
}

// Where the search stands with a step on a node.
const (
	notVisited = iota
	onTheWay
	visited
)

func (w *waiting) visit(at waiter) []waiter {
	switch w.state[at] {
	case visited:
		return nil
	case onTheWay:
		return append(slices.Clone(w.way[slices.Index(w.way, at):]), at)
	}
	w.state[at] = onTheWay
	w.way = append(w.way, at)
	for _, next := range w.needed(at) {
		if cycle := w.visit(next); cycle != nil {
			return cycle
		}
	}
	w.way = w.way[:len(w.way)-1]
	w.state[at] = visited
	return nil
}

// needed is what a step on a node certainly waits for.
func (w *waiting) needed(at waiter) []waiter {
	step := w.step(at.step)
	var all []waiter
	for _, need := range step.Needs {
		needed := w.step(need.Step)
		count, _ := strconv.Atoi(need.Of)
		switch {
		case need.Of == NeedOwn:
			all = append(all, waiter{need.Step, at.node})
		case need.Of == NeedAll, count == len(needed.Nodes), need.Of == NeedAny && len(needed.Nodes) == 1:
			for _, node := range needed.Nodes {
				all = append(all, waiter{need.Step, node})
			}
		}
	}
	wanted, missing, err := w.p.evaluator.When(step, at.node, w.facts)
	if err == nil && wanted {
		_, missing, _ = w.p.evaluator.Config(step, at.node, w.facts)
	}
	for _, m := range missing {
		// Of several steps that make it, any may do.
		if makers := w.makers[m]; len(makers) == 1 {
			all = append(all, waiter{makers[0], m.Node})
		}
	}
	return all
}

func (w *waiting) step(name string) *Step {
	return &w.p.plan.Steps[slices.IndexFunc(w.p.plan.Steps, func(s Step) bool { return s.Name == name })]
}
