package timing

import (
	"cmp"
	"slices"
	"sort"
	"strconv"

	"aiolos/deploy"
)

// measure finds, task after task, when its needs were done, what went on in it, and when
// it would have ended at the bound.
func (c *course) measure() {
	for first := 0; first < len(c.tasks); {
		step := c.tasks[first].Step
		beyond := first
		for beyond < len(c.tasks) && c.tasks[beyond].Step == step {
			c.measureOne(&c.tasks[beyond])
			beyond++
		}
		c.boundOf(first, beyond)
		c.finished(step)
		first = beyond
	}
}

func (c *course) measureOne(t *task) {
	for _, need := range c.needs(t) {
		if by, ok := c.met(t, need); ok && (t.before < 0 || c.tasks[by].ended > t.ready) {
			t.ready, t.before = c.tasks[by].ended, by
		}
	}
	if t.timeless {
		t.started, t.ended = t.ready, t.ready
	}
	c.divide(t)
}

// needs are what a task has to wait for, by the plan or by the nature of things.
func (c *course) needs(t *task) []deploy.Need {
	switch t.Step {
	case StepPlan, StepRollback:
		return nil
	case deploy.StepLaunch:
		return []deploy.Need{{Step: StepPlan, Of: deploy.NeedAny}}
	case deploy.StepConnect:
		return []deploy.Need{{Step: deploy.StepLaunch, Of: deploy.NeedOwn}, {Step: StepPlan, Of: deploy.NeedAny}}
	}
	needs := []deploy.Need{{Step: deploy.StepConnect, Of: deploy.NeedOwn}}
	if t.step != nil {
		needs = append(needs, t.step.Needs...)
	}
	return needs
}

// met finds the task by whose end a need was met. What the record contradicts was no need:
// a step that was taken up again, say, after those that needed it.
func (c *course) met(t *task, need deploy.Need) (by int, ok bool) {
	if need.Of == deploy.NeedOwn {
		by, ok = c.at[Place{need.Step, t.Node}]
		return by, ok && (t.timeless || c.tasks[by].ended <= t.started)
	}
	done := c.done[need.Step]
	known := len(done)
	if !t.timeless {
		known = sort.Search(len(done), func(i int) bool { return c.tasks[done[i]].ended > t.started })
	}
	count := enough(need, known)
	if count < 1 || count > known {
		return 0, false
	}
	return done[count-1], true
}

// enough is on how many nodes a need wants its step done, of those known.
func enough(need deploy.Need, known int) int {
	switch need.Of {
	case deploy.NeedAll:
		return known
	case deploy.NeedAny:
		return 1
	}
	count, _ := strconv.Atoi(need.Of)
	return count
}

// finished notes in which order a step ended on its nodes.
func (c *course) finished(step string) {
	done := slices.Clone(c.of[step])
	slices.SortStableFunc(done, func(a, b int) int { return cmp.Compare(c.tasks[a].ended, c.tasks[b].ended) })
	c.done[step] = done
}
