package timing

import (
	"slices"
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

// StepTiming is what a step took on all its nodes.
type StepTiming struct {
	Step string `json:"step"`
	// Nodes is on how many nodes it has begun, Ended on how many it has ended.
	Nodes int `json:"nodes"`
	Ended int `json:"ended"`
	// From and To are when it began on the first node, and ended on the last.
	From Took `json:"from_seconds"`
	To   Took `json:"to_seconds"`
	// Work is how much of it was work, Waits how much was anything else, each node by itself.
	Work  Spread `json:"work"`
	Waits Spread `json:"waits"`
	// Path is how much of the critical path was this step's, and PathWork how much of that
	// was work. Share is the part of the wall time, from 0 to 1.
	Path     Took    `json:"path_seconds"`
	PathWork Took    `json:"path_work_seconds"`
	Share    float64 `json:"share"`
}

// Spread is how a duration differs between nodes.
type Spread struct {
	Median Took `json:"median_seconds"`
	P95    Took `json:"p95_seconds"`
	Most   Took `json:"most_seconds"`
}

func spreadOf(all []Took) Spread {
	if len(all) == 0 {
		return Spread{}
	}
	slices.Sort(all)
	// The nearest rank: as many as that took no longer.
	at := func(hundredths int) Took { return all[(len(all)*hundredths+99)/100-1] }
	return Spread{Median: at(50), P95: at(95), Most: all[len(all)-1]}
}

func stepsOf(t *Timing) []StepTiming {
	var steps []StepTiming
	at := map[string]int{}
	work, waits := map[string][]Took{}, map[string][]Took{}
	for i := range t.Spans {
		s := &t.Spans[i]
		k, known := at[s.Step]
		if !known {
			k = len(steps)
			at[s.Step] = k
			steps = append(steps, StepTiming{Step: s.Step, From: s.From()})
		}
		step := &steps[k]
		step.Nodes++
		if s.State != "running" {
			step.Ended++
		}
		step.From, step.To = min(step.From, s.From()), max(step.To, s.To())
		worked := Took(0)
		for _, p := range s.Parts {
			if p.Kind.Work() {
				worked += p.Took()
			}
		}
		work[s.Step], waits[s.Step] = append(work[s.Step], worked), append(waits[s.Step], s.To()-s.From()-worked)
	}
	for i := range t.Path {
		leg := &t.Path[i]
		if k, known := at[leg.Step]; known {
			steps[k].Path += leg.Took()
			if leg.Kind.Work() {
				steps[k].PathWork += leg.Took()
			}
		}
	}
	for k := range steps {
		s := &steps[k]
		s.Work, s.Waits, s.Share = spreadOf(work[s.Step]), spreadOf(waits[s.Step]), part(s.Path, t.Wall)
	}
	return steps
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
