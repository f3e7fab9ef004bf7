package workflows_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aiolos/deploy"
)

// anything is every scenario there can be, but for those that are cancelled.
func anything() shape {
	return shape{
		onFailure: []string{deploy.OnFailurePause, deploy.OnFailurePause, deploy.OnFailureFail, deploy.OnFailureRollback},
		abort:     true, parallel: true, gluster: true,
	}
}

// TestStepsKeepTheirOrder: every step runs at most once per attempt on each
// node, never before what it needs, and never on more nodes than it may; and a
// run that nobody stops comes to its end.
func TestStepsKeepTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := scenarios(anything()).Draw(t, "scenario")
		s := simulate(t, c, rapid.Uint64().Draw(t, "seed"))
		o := s.held(t)
		if c.OnFailure == deploy.OnFailurePause && c.Abort == 0 {
			if wrong := o.end(s.status(t)); wrong != "" {
				t.Fatalf("%s", wrong)
			}
		}
	})
}

// TestPaceDoesNotMatter: however long things take, and in whatever order they
// end, what comes of it is the same.
func TestPaceDoesNotMatter(t *testing.T) {
	patient := shape{onFailure: []string{deploy.OnFailurePause}, parallel: true, gluster: true}
	// Which nodes had a turn when it was ended does depend on the pace.
	impatient := shape{onFailure: []string{deploy.OnFailurePause}, abort: true}
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.OneOf(scenarios(patient), scenarios(impatient)).Draw(t, "scenario")
		pace := rapid.SliceOfNDistinct(rapid.Uint64(), 3, 3, rapid.ID).Draw(t, "pace")
		first := c.outcome(simulate(t, c, pace[0]).status(t))
		for _, seed := range pace[1:] {
			if other := c.outcome(simulate(t, c, seed).status(t)); !reflect.DeepEqual(first, other) {
				t.Fatalf("one pace leads to\n%s\nand another to\n%s", strings.Join(first, "\n"), strings.Join(other, "\n"))
			}
		}
	})
}

// outcome is what comes of an operation, without when.
func (c *scenario) outcome(status deploy.Status) []string {
	all := []string{string(status.State)}
	awaited := map[string]bool{}
	for _, s := range status.Steps {
		if p := c.step(s.Name); p != nil && p.Action == "await" && s.State == deploy.StepDone {
			awaited[s.Node+" "+p.signal()] = true
		}
		if s.Name == deploy.StepFacts {
			s.Attempts, s.Message = 0, ""
		}
		all = append(all, fmt.Sprintf("%s on %s: %s after %d attempts: %s", s.Name, s.Node, s.State, s.Attempts, s.Message))
	}
	for _, n := range status.Nodes {
		for name, value := range n.Facts {
			// A signal that nobody awaits may come too late to be known.
			if !strings.HasPrefix(name, "up_") || awaited[n.Name+" "+name] {
				all = append(all, fmt.Sprintf("%s of %s: %v", name, n.Name, value))
			}
		}
	}
	for _, f := range status.Failures {
		all = append(all, "failure: "+f.Error())
	}
	for _, change := range status.Changes {
		all = append(all, "change: "+change)
	}
	slices.Sort(all)
	return all
}

// TestSameAgain: the same things happening at the same moments lead to the same
// commands with the same IDs and inputs, in the same order.
func TestSameAgain(t *testing.T) {
	shape := anything()
	shape.cancel = true
	rapid.Check(t, func(t *rapid.T) {
		c := scenarios(shape).Draw(t, "scenario")
		seed := rapid.Uint64().Draw(t, "seed")
		first, second := simulate(t, c, seed), simulate(t, c, seed)
		for i := range max(len(first.commands), len(second.commands)) {
			one, other := "(none)", "(none)"
			if i < len(first.commands) {
				one = first.commands[i]
			}
			if i < len(second.commands) {
				other = second.commands[i]
			}
			if one != other {
				t.Fatalf("command %d was\n%s\nand then\n%s", i, one, other)
			}
		}
	})
}
