package timing

import "slices"

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
