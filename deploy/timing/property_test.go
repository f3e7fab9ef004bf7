package timing_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"aiolos/deploy"
	"aiolos/deploy/timing"
)

// drawn is a record of anything: plans that make sense, with courses that need not.
func drawn(t *rapid.T) timing.Record {
	moment := func(label string) time.Time { return at(float64(rapid.IntRange(-5, 60).Draw(t, label))) }
	nodes := rapid.IntRange(1, 4).Draw(t, "nodes")
	r := timing.Record{Plan: &deploy.Plan{}, Began: began, Ended: moment("ended"), Running: rapid.Bool().Draw(t, "running")}
	var names []string
	for i := range nodes {
		name := fmt.Sprintf("s-%d", i)
		names = append(names, name)
		r.Plan.Nodes = append(r.Plan.Nodes, deploy.NodeSpec{Name: name})
	}
	steps := []string{deploy.StepLaunch, deploy.StepConnect}
	for i := range rapid.IntRange(0, 5).Draw(t, "steps") {
		step := deploy.Step{
			Name: fmt.Sprintf("step%d", i), Nodes: names, Action: rapid.SampledFrom([]string{"run", "await"}).Draw(t, "action"),
			Parallel: rapid.IntRange(0, 2).Draw(t, "parallel"), Track: rapid.IntRange(0, 2).Draw(t, "track"),
		}
		for range rapid.IntRange(0, 2).Draw(t, "needs") {
			if i > 0 {
				step.Needs = append(step.Needs, deploy.Need{
					Step: rapid.SampledFrom(steps[2:]).Draw(t, "need"), Of: rapid.SampledFrom([]string{"own", "all", "any", "1", "2"}).Draw(t, "of"),
				})
			}
		}
		steps = append(steps, step.Name)
		r.Plan.Steps = append(r.Plan.Steps, step)
	}
	for _, step := range steps {
		for _, node := range names {
			s := deploy.StepStatus{Name: step, Node: node, State: rapid.SampledFrom([]deploy.StepState{
				deploy.StepDone, deploy.StepDone, deploy.StepRunning, deploy.StepFailed, deploy.StepSkipped, deploy.StepWaiting,
			}).Draw(t, "state")}
			if s.State != deploy.StepWaiting && rapid.IntRange(0, 5).Draw(t, "begun") > 0 {
				started := moment("started")
				s.Started = &started
				if s.State != deploy.StepRunning {
					finished := moment("finished")
					s.Finished = &finished
				}
			}
			r.Status.Steps = append(r.Status.Steps, s)
			for range rapid.IntRange(0, 2).Draw(t, "deeds") {
				d := timing.Deed{ID: step + "/" + node, Scheduled: moment("scheduled"), Attempts: rapid.IntRange(0, 2).Draw(t, "attempts")}
				if rapid.Bool().Draw(t, "taken") {
					d.Started = moment("taken at")
					if rapid.Bool().Draw(t, "over") {
						d.Ended = moment("over at")
					}
				}
				r.Deeds = append(r.Deeds, d)
			}
		}
	}
	return r
}

// TestEverythingIsAccountedFor holds for whatever was recorded: the critical path covers
// every moment once, shares add up to the wall time, and the bound is no longer than it.
func TestEverythingIsAccountedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := timing.Of(drawn(t))
		covers := func(what string, parts []timing.Stretch, from, to timing.Took) {
			for _, p := range parts {
				if p.From != from || p.To < p.From {
					t.Fatalf("%s: %v after %v", what, p, from)
				}
				from = p.To
			}
			if from != to {
				t.Fatalf("%s ends at %v, not at %v", what, from, to)
			}
		}
		var path []timing.Stretch
		for _, leg := range got.Path {
			path = append(path, leg.Stretch)
		}
		covers("the path", path, 0, got.Wall)
		sum, whole := timing.Took(0), 0.0
		for _, s := range got.Shares {
			sum, whole = sum+s.Took, whole+s.Of
		}
		if sum != got.Wall || (got.Wall > 0 && (whole < 0.999999 || whole > 1.000001)) {
			t.Fatalf("shares add up to %v (%v) of %v", sum, whole, got.Wall)
		}
		if got.Bound < 0 || got.Bound > got.Wall {
			t.Fatalf("the bound is %v of %v", got.Bound, got.Wall)
		}
		links, steps := timing.Took(0), timing.Took(0)
		for _, l := range got.BoundPath {
			links += l.Took
		}
		for _, s := range got.Steps {
			steps += s.Path
			if s.Nodes < s.Ended || s.PathWork > s.Path || s.From > s.To {
				t.Fatalf("%+v", s)
			}
		}
		if steps > got.Wall || links < got.Bound {
			t.Fatalf("steps take %v of the path, the chain takes %v for a bound of %v", steps, links, got.Bound)
		}
		for _, s := range got.Spans {
			covers(s.Step+" on "+s.Node, s.Parts, s.From(), s.To())
		}
	})
}
