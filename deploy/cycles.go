package deploy

import (
	"slices"
)

// Whoever waits for a fact waits for the step that makes it, where that is
// known. A blueprint in which a step so waits for itself can never come to an
// end, and is refused before anything is launched. What depends on conditions
// is looked at again when the plan is made, node by node.

// checkCycles refuses steps that wait for themselves on whatever node.
func (r *reader) checkCycles() {
	if _, cycle := inOrder(r.blueprint.steps); cycle != nil {
		r.add(r.blueprint.step(cycle[0]).at, "steps."+cycle[0]+".needs", arrows(cycle), "needs that do not come back to the step itself")
		return
	}
	steps := slices.Clone(r.blueprint.steps)
	for i := range steps {
		s := &steps[i]
		s.needs = slices.Clone(s.needs)
		for _, ref := range s.refers {
			if !ref.sure {
				continue
			}
			for _, maker := range steps {
				if slices.Contains(maker.produces, ref.fact) && waitsForAll(*s, ref, maker) &&
					!slices.ContainsFunc(s.needs, func(n needSpec) bool { return n.step == maker.name }) {
					s.needs = append(s.needs, needSpec{at: s.at, step: maker.name})
				}
			}
		}
		// A need of some nodes only may be met without those that need it back.
		s.needs = slices.DeleteFunc(s.needs, func(n needSpec) bool { return n.of == NeedAny || n.number != nil })
	}
	if _, cycle := inOrder(steps); cycle != nil {
		r.add(r.blueprint.step(cycle[0]).at, "steps."+cycle[0], arrows(r.explained(cycle)), "steps that do not wait for themselves")
	}
}

// waitsForAll says whether every node of step s certainly waits for a node on
// which maker runs: the own one, or one that is the same for all.
func waitsForAll(s stepSpec, ref reference, maker stepSpec) bool {
	runsOn := func(group string, index int) bool {
		return slices.ContainsFunc(maker.on, func(p placeSpec) bool {
			return p.choose == "" && p.group == group && (p.index == wholeGroup || p.index == index)
		})
	}
	if ref.group == ownNode {
		return len(s.on) > 0 && !slices.ContainsFunc(s.on, func(p placeSpec) bool { return p.choose != "" || !runsOn(p.group, p.index) })
	}
	return runsOn(ref.group, ref.index)
}

// explained writes, for each step of a cycle, the fact by which the one before waits for it.
func (r *reader) explained(cycle []string) []string {
	told := slices.Clone(cycle)
	for i := 1; i < len(cycle); i++ {
		before, maker := r.blueprint.step(cycle[i-1]), r.blueprint.step(cycle[i])
		if slices.ContainsFunc(before.needs, func(n needSpec) bool { return n.step == maker.name }) {
			continue
		}
		for _, ref := range before.refers {
			if slices.Contains(maker.produces, ref.fact) {
				told[i] = cycle[i] + " (for " + ref.fact + ")"
				break
			}
		}
	}
	return told
}

// step returns the step of that name, which there has to be.
func (b *Blueprint) step(name string) stepSpec {
	return b.steps[slices.IndexFunc(b.steps, func(s stepSpec) bool { return s.name == name })]
}
