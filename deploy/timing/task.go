package timing

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"aiolos/deploy"
)

// task is a step on a node. Times are since the operation's beginning.
type task struct {
	Place
	state deploy.StepState
	step  *deploy.Step // of the plan; nil for those that every deployment has
	// started and ended are what the status says, within the operation; equal for one
	// that had nothing to do.
	started, ended time.Duration
	// timeless is one that counts as done without ever having begun.
	timeless bool
	deeds    []Deed
	// ready is when its needs were done, by whose end; before is that task, or -1.
	ready  time.Duration
	before int
	parts  []Stretch
	// worked is how much of it was work.
	worked time.Duration
	// bound is when it would have ended had nothing but work taken time, by being
	// preceded by boundBy, or -1.
	bound   time.Duration
	boundBy int
}

// begun is when the first that is known of it happened, after its needs.
func (t *task) begun() time.Duration {
	if len(t.parts) == 0 {
		return t.started
	}
	return time.Duration(t.parts[0].From)
}

// course is an operation's tasks, in an order in which none comes before one that it needs.
type course struct {
	r     Record
	tasks []task
	// at finds tasks by place, of finds them by step.
	at map[Place]int
	of map[string][]int
	// done are the nodes of a step in the order in which it ended on them.
	done map[string][]int
}

// courseOf puts together what the status, the plan and the history say.
func courseOf(r Record) *course {
	c := &course{r: r, at: map[Place]int{}, of: map[string][]int{}, done: map[string][]int{}}
	deeds := c.deedsByPlace()
	steps := map[string]*deploy.Step{}
	order := map[string]int{deploy.StepLaunch: -3, deploy.StepConnect: -2, deploy.StepFacts: -1}
	if r.Plan != nil {
		for i := range r.Plan.Steps {
			steps[r.Plan.Steps[i].Name], order[r.Plan.Steps[i].Name] = &r.Plan.Steps[i], i
		}
	}
	c.whole(StepPlan, deeds)
	status := append(slices.Clone(r.Status.Steps), untold(r.Status.Steps, deeds, order)...)
	slices.SortStableFunc(status, func(a, b deploy.StepStatus) int { return order[a.Name] - order[b.Name] })
	for i := range status {
		s := &status[i]
		t := task{Place: Place{s.Name, s.Node}, state: s.State, step: steps[s.Name], deeds: deeds[Place{s.Name, s.Node}], before: -1, boundBy: -1}
		switch {
		case s.Started != nil:
			t.started, t.ended = c.since(*s.Started), c.since(r.Ended)
			if s.Finished != nil {
				t.ended = c.since(*s.Finished)
			}
			t.ended = max(t.ended, t.started)
		case s.State == deploy.StepSkipped || s.State == deploy.StepDone:
			t.timeless = true
		default:
			continue // it has not begun
		}
		c.add(t)
	}
	c.whole(StepRollback, deeds)
	return c
}

// untold are the steps that the status leaves out, where an activity tells of them.
func untold(told []deploy.StepStatus, deeds map[Place][]Deed, order map[string]int) []deploy.StepStatus {
	known := map[Place]bool{}
	for i := range told {
		known[Place{told[i].Name, told[i].Node}] = true
	}
	var more []deploy.StepStatus
	for place, all := range deeds {
		if _, planned := order[place.Step]; known[place] || place.Node == "" || !planned {
			continue
		}
		last := all[len(all)-1]
		s := deploy.StepStatus{Name: place.Step, Node: place.Node, State: deploy.StepRunning, Started: &all[0].Scheduled}
		if !last.Ended.IsZero() {
			s.State, s.Finished = deploy.StepDone, &last.Ended
		}
		more = append(more, s)
	}
	slices.SortFunc(more, func(a, b deploy.StepStatus) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Node, b.Node))
	})
	return more
}

// whole adds a step of the operation as a whole, where there was one.
func (c *course) whole(step string, deeds map[Place][]Deed) {
	all := deeds[Place{Step: step}]
	if len(all) == 0 {
		return
	}
	t := task{Place: Place{Step: step}, state: deploy.StepDone, deeds: all, before: -1, boundBy: -1, started: c.since(all[0].Scheduled)}
	for _, d := range all {
		if d.Ended.IsZero() {
			t.state, t.ended = deploy.StepRunning, c.since(c.r.Ended)
		}
		t.ended = max(t.ended, c.since(d.Ended))
	}
	c.add(t)
}

func (c *course) add(t task) {
	c.at[t.Place] = len(c.tasks)
	c.of[t.Step] = append(c.of[t.Step], len(c.tasks))
	c.tasks = append(c.tasks, t)
}

// since is how long after the operation's beginning something was, within the operation.
func (c *course) since(at time.Time) time.Duration {
	return min(max(at.Sub(c.r.Began), 0), max(c.r.Ended.Sub(c.r.Began), 0))
}
