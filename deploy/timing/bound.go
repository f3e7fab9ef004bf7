package timing

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"aiolos/deploy"
)

// boundOf finds when the tasks of one step would have ended had nothing but work taken time.
func (c *course) boundOf(first, beyond int) {
	order := make([]int, 0, beyond-first)
	for i := first; i < beyond; i++ {
		order = append(order, i)
	}
	turns := turnsOf(&c.tasks[first])
	if turns != nil {
		// Turns are taken as they were taken in truth: in another order, it might have
		// taken longer.
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.tasks[a].begun(), c.tasks[b].begun()) })
	}
	sums := map[deploy.Need]*reached{}
	for _, i := range order {
		t := &c.tasks[i]
		from := time.Duration(0)
		for _, need := range c.needs(t) {
			if by, at, ok := c.boundBy(t, need, sums); ok && (t.boundBy < 0 || at > from) {
				t.boundBy, from = by, at
			}
		}
		t.bound = from + t.worked
		if turns != nil && !t.timeless {
			turn := turns.next()
			// It never comes later than it came in truth.
			if at := min(turn.at, t.begun()); turn.by >= 0 && at > from {
				t.boundBy, t.bound = turn.by, at+t.worked
			}
			*turn = end{i, t.bound}
		}
	}
}

// boundBy finds when a need would have been met, and by which task.
func (c *course) boundBy(t *task, need deploy.Need, sums map[deploy.Need]*reached) (by int, at time.Duration, ok bool) {
	by, ok = c.met(t, need)
	if !ok || need.Of == deploy.NeedOwn {
		return by, c.tasks[by].bound, ok
	}
	sum := sums[need]
	if sum == nil {
		sum = c.reach(need)
		sums[need] = sum
	}
	if need.Of == deploy.NeedAll {
		// Those that the record contradicts are no need; done is in the record's order.
		e := sum.most[sum.place[by]]
		return e.by, e.at, true
	}
	return sum.enough.by, sum.enough.at, true
}

// end is when a task would end.
type end struct {
	by int
	at time.Duration
}

// reached says when a need would have been met, the same for all that have it.
type reached struct {
	// place is where a task is among those done, most the latest end of those up to there.
	place map[int]int
	most  []end
	// enough is the end of the one by which a number of them is reached.
	enough end
}

func (c *course) reach(need deploy.Need) *reached {
	done := c.done[need.Step]
	r := &reached{place: make(map[int]int, len(done)), most: make([]end, len(done))}
	ends := make([]end, len(done))
	for k, i := range done {
		ends[k] = end{i, c.tasks[i].bound}
		r.place[i], r.most[k] = k, ends[k]
		if k > 0 && r.most[k-1].at > ends[k].at {
			r.most[k] = r.most[k-1]
		}
	}
	slices.SortStableFunc(ends, func(a, b end) int { return cmp.Compare(a.at, b.at) })
	count := 1
	if n, err := strconv.Atoi(need.Of); err == nil {
		count = n
	}
	if count >= 1 && count <= len(ends) {
		r.enough = ends[count-1]
	}
	return r
}

// turns are the places of a step that runs on some nodes at a time only.
type turns []end

func turnsOf(t *task) turns {
	if t.step == nil || t.step.Parallel < 1 {
		return nil
	}
	all := make(turns, t.step.Parallel)
	for i := range all {
		all[i].by = -1
	}
	return all
}

// next is the place that is free first.
func (t turns) next() *end {
	first := &t[0]
	for i := range t {
		if t[i].at < first.at {
			first = &t[i]
		}
	}
	return first
}

// boundPath is the chain of needs that takes longest.
func (c *course) boundPath() (links []Link, bound Took) {
	last := -1
	for i := range c.tasks {
		if last < 0 || c.tasks[i].bound > c.tasks[last].bound {
			last = i
		}
	}
	for i := last; i >= 0; i = c.tasks[i].boundBy {
		if t := &c.tasks[i]; !t.timeless {
			links = append(links, Link{t.Place, Took(t.worked)})
		}
	}
	slices.Reverse(links)
	if last >= 0 {
		bound = Took(c.tasks[last].bound)
	}
	return links, bound
}
