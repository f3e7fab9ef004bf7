package timing

import (
	"slices"
	"sort"
	"strings"
	"time"

	"aiolos/deploy"
)

// path is the critical path: from the operation's end back to its beginning, always to
// what had to end before. It covers every moment.
func (c *course) path() []Leg {
	wall := c.since(c.r.Ended)
	last := -1
	for i := range c.tasks {
		if !c.tasks[i].timeless && (last < 0 || c.tasks[i].ended >= c.tasks[last].ended) {
			last = i
		}
	}
	if last < 0 {
		return c.gap(nil, Place{}, Engine, 0, wall)
	}
	t := &c.tasks[last]
	ending := Engine
	if t.state == deploy.StepFailed {
		ending = Held // for a decision about it
	}
	legs := c.gap(nil, Place{}, ending, t.ended, wall)
	seen := map[int]bool{}
	ends := c.byEnd()
	for at := last; at >= 0; {
		seen[at] = true
		t := &c.tasks[at]
		for _, part := range slices.Backward(t.parts) {
			legs = append(legs, Leg{Place: t.Place, Stretch: part})
		}
		before, why := c.released(at, ends, seen)
		from, kind := time.Duration(0), Engine
		if before >= 0 {
			from, kind = c.tasks[before].ended, Held
			if c.tasks[before].Node == "" {
				// Of the whole operation's steps, the activity is all that is known.
				kind = Engine
			}
			place := c.tasks[before].Place
			first := &legs[len(legs)-1]
			if from < t.begun() {
				legs = c.gap(legs, t.Place, kind, from, t.begun())
				first = &legs[len(legs)-1]
			}
			first.After, first.Why = &place, why
		} else {
			legs = c.gap(legs, t.Place, kind, from, t.begun())
		}
		at = before
	}
	slices.Reverse(legs)
	return legs
}

// gap adds what lies between two tasks, where anything does.
func (c *course) gap(legs []Leg, place Place, kind Kind, from, to time.Duration) []Leg {
	if from >= to {
		return legs
	}
	return append(legs, Leg{Place: place, Stretch: Stretch{kind, Took(from), Took(to)}})
}

// byEnd are the tasks that ended at each moment.
func (c *course) byEnd() map[time.Duration][]int {
	ends := map[time.Duration][]int{}
	for i := range c.tasks {
		if !c.tasks[i].timeless {
			ends[c.tasks[i].ended] = append(ends[c.tasks[i].ended], i)
		}
	}
	return ends
}

// released finds the task by whose end another could begin, or -1, and why.
func (c *course) released(at int, ends map[time.Duration][]int, seen map[int]bool) (before int, why Reason) {
	t := &c.tasks[at]
	before, why = c.timed(t.before), Need
	when := time.Duration(-1)
	if before >= 0 {
		when = c.tasks[before].ended
	}
	better := func(i int, reason Reason) {
		if i >= 0 && i != at && !seen[i] && c.tasks[i].ended > when && c.tasks[i].ended <= t.begun() {
			before, why, when = i, reason, c.tasks[i].ended
		}
	}
	better(c.timed(c.inTrack(t)), Order)
	if t.Step == deploy.StepConnect || t.Step == deploy.StepLaunch {
		better(c.lastUntil(deploy.StepLaunch, t.begun()), Order)
	}
	if t.step != nil && t.step.Parallel > 0 {
		better(c.lastUntil(t.Step, t.begun()), Turn)
	}
	if when == t.begun() {
		return before, why
	}
	// Who began at the very moment at which another ended was released by it.
	for _, i := range ends[t.begun()] {
		better(i, guess(t))
	}
	if before >= 0 && seen[before] {
		before = -1
	}
	return before, why
}

// guess is why a step waited beyond its needs.
func guess(t *task) Reason {
	if t.step != nil && (strings.Contains(string(t.step.Config), "${") || t.step.When != "") {
		return Fact
	}
	return Slot
}

// timed is a task that took place, in place of one that only passed a need on; or -1.
func (c *course) timed(i int) int {
	for i >= 0 && c.tasks[i].timeless {
		i = c.tasks[i].before
	}
	return i
}

// inTrack is the step before on the same node, where they run one after the other; or -1.
func (c *course) inTrack(t *task) int {
	if t.step == nil {
		return -1
	}
	best := -1
	for i := range c.r.Plan.Steps {
		other := &c.r.Plan.Steps[i]
		if other == t.step {
			break
		}
		if j, ok := c.at[Place{other.Name, t.Node}]; ok && other.Track == t.step.Track {
			best = j
		}
	}
	return best
}

// lastUntil is the node on which a step ended last up to a moment; or -1.
func (c *course) lastUntil(step string, moment time.Duration) int {
	done := c.done[step]
	if n := sort.Search(len(done), func(i int) bool { return c.tasks[done[i]].ended > moment }); n > 0 {
		return done[n-1]
	}
	return -1
}
