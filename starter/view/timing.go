package view

import (
	"fmt"
	"io"
	"time"

	"aiolos/deploy"
	"aiolos/deploy/timing"
)

// mostLegs bounds the rows of a critical path; steps of a longer one are told together.
const mostLegs = 15

// Timing prints where the time of an operation went.
func Timing(out io.Writer, t *timing.Timing) {
	verb := "took"
	if t.Running {
		verb = "has taken"
	}
	fmt.Fprintf(out, "%s: %s %s %s on %s; the bound is %s", t.Deployment, t.State, verb, precise(t.Wall), Count(t.Nodes, "node", "nodes"), precise(t.Bound))
	if r := t.Ratio(); r > 0 {
		fmt.Fprintf(out, " (%.2f times that)", r)
	}
	fmt.Fprintln(out)
	if t.Simulated {
		Notes(out, []string{deploy.SimulationNote})
	}
	fmt.Fprintln(out)
	columns(out, []string{"ALONG THE CRITICAL PATH", "TIME", "SHARE"}, func(line func(...any)) {
		for _, s := range t.Shares {
			line(kindWords[s.Kind], precise(s.Took), percent(s.Of))
		}
	})
	fmt.Fprintln(out)
	rows := strides(t.Path)
	columns(out, []string{"AT", "CRITICAL PATH", "ON", "TIME", "WORKING", "WAITING", "SHARE", "AFTER"}, func(line func(...any)) {
		for _, r := range rows {
			line(precise(r.from), r.step, r.on, precise(r.took), precise(r.work), precise(r.took-r.work), percent(part(r.took, t.Wall)), r.after)
		}
	})
	fmt.Fprintln(out)
	columns(out, []string{"STEP", "NODES", "FROM", "TO", "WORK (MEDIAN, 95 %, MOST)", "WAITS (MEDIAN, 95 %, MOST)", "ON THE PATH", "SHARE"}, func(line func(...any)) {
		for i := range t.Steps {
			s := &t.Steps[i]
			line(s.Step, s.Nodes, precise(s.From), precise(s.To), spread(s.Work), spread(s.Waits), precise(s.Path), percent(s.Share))
		}
	})
}

// kindWords say what goes on.
var kindWords = map[timing.Kind]string{
	timing.Working: "working", timing.Awaiting: "awaiting a signal or a person", timing.Again: "attempts that came to nothing",
	timing.Worker: "waiting for a worker", timing.Held: "held: for a fact, a turn, a place, a decision", timing.Engine: "Temporal and the workflow",
}

// stride is a step on the critical path, or the same step on one node after the other.
type stride struct {
	step, on, after  string
	from, took, work timing.Took
	nodes            int
}

// strides put the legs of each step together; of a long path also those of a step on
// several nodes in a row.
func strides(path []timing.Leg) []stride {
	byNode := stridesBy(path, func(a, b timing.Place) bool { return a == b })
	if len(byNode) <= mostLegs {
		return byNode
	}
	return stridesBy(path, func(a, b timing.Place) bool { return a.Step == b.Step })
}

func stridesBy(path []timing.Leg, same func(a, b timing.Place) bool) []stride {
	var all []stride
	for i := range path {
		leg := &path[i]
		if i == 0 || !same(path[i-1].Place, leg.Place) {
			s := stride{step: leg.Step, on: leg.Node, from: leg.From, nodes: 1}
			if s.step == "" {
				s.step = "(the end)"
			}
			if leg.After != nil {
				s.after = released(leg)
			}
			all = append(all, s)
		} else if path[i-1].Node != leg.Node {
			last := &all[len(all)-1]
			last.nodes++
			last.on = fmt.Sprintf("%d nodes", last.nodes)
		}
		last := &all[len(all)-1]
		last.took += leg.Took()
		if leg.Kind.Work() {
			last.work += leg.Took()
		}
	}
	return all
}

// released says by what end a step could begin.
func released(leg *timing.Leg) string {
	text := leg.After.Step
	if leg.After.Node != "" && leg.After.Node != leg.Node {
		text += " on " + leg.After.Node
	}
	switch leg.Why {
	case timing.Turn:
		text += ", its turn"
	case timing.Fact:
		text += ", a fact"
	case timing.Slot:
		text += ", a place"
	case timing.Order:
		if leg.After.Step == deploy.StepLaunch {
			text += ", the last launch"
		}
	case timing.Need:
	}
	return text
}

func spread(s timing.Spread) string {
	return fmt.Sprintf("%s, %s, %s", precise(s.Median), precise(s.P95), precise(s.Most))
}

// precise is how long something took, to the hundredth where that matters.
func precise(t timing.Took) string {
	d := time.Duration(t)
	const short = 10 * time.Second
	if d < short {
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return duration(d)
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", share*100) }

func part(of, whole timing.Took) float64 {
	if whole <= 0 {
		return 0
	}
	return of.Seconds() / whole.Seconds()
}
