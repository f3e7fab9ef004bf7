package timing

import (
	"time"
)

// Of tells where the time of an operation went.
func Of(r Record) Timing {
	if r.Ended.Before(r.Began) {
		r.Ended = r.Began
	}
	c := courseOf(r)
	c.measure()
	t := Timing{
		Deployment: r.Status.Deployment, Blueprint: r.Status.Blueprint, State: r.Status.State, Simulated: r.Status.Simulated, Nodes: len(r.Status.Nodes),
		Began: r.Began, Ended: r.Ended, Running: r.Running, Wall: Took(r.Ended.Sub(r.Began)),
		Path: c.path(), Steps: []StepTiming{}, Spans: []Span{}, BoundPath: []Link{},
	}
	if r.Plan != nil {
		t.Blueprint, t.Nodes = r.Plan.Blueprint, len(r.Plan.Nodes)
	}
	t.Shares = shares(t.Path, t.Wall)
	if links, bound := c.boundPath(); len(links) > 0 {
		t.BoundPath, t.Bound = links, bound
	}
	critical := map[Place]bool{}
	for i := range t.Path {
		critical[t.Path[i].Place] = true
	}
	for i := range c.tasks {
		if task := &c.tasks[i]; len(task.parts) > 0 {
			t.Spans = append(t.Spans, Span{Place: task.Place, State: task.state, Parts: task.parts, Critical: critical[task.Place]})
		}
	}
	t.Steps = stepsOf(&t)
	return t
}

// shares adds up what went on along a path.
func shares(path []Leg, wall Took) []Share {
	sum := map[Kind]Took{}
	for i := range path {
		sum[path[i].Kind] += path[i].Took()
	}
	all := []Share{}
	for _, kind := range Kinds() {
		if sum[kind] > 0 {
			all = append(all, Share{kind, sum[kind], part(sum[kind], wall)})
		}
	}
	return all
}

func part(of, whole Took) float64 {
	if whole <= 0 {
		return 0
	}
	return float64(of) / float64(whole)
}

// Working is how much of the wall time nothing could have saved: work along the critical path.
func (t *Timing) Working() Took {
	sum := Took(0)
	for _, s := range t.Shares {
		if s.Kind.Work() {
			sum += s.Took
		}
	}
	return sum
}

// Ratio is the wall time in terms of the bound; 0 where there is none.
func (t *Timing) Ratio() float64 {
	if t.Bound <= 0 {
		return 0
	}
	return float64(time.Duration(t.Wall)) / float64(time.Duration(t.Bound))
}
