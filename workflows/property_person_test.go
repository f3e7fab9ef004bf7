package workflows_test

import (
	"fmt"
	"strings"
	"time"

	"aiolos/deploy"
	"aiolos/workflows"
)

// The person looks every lookEvery, which is longer than anything takes, so that
// all that can happen has happened meanwhile, and gives up after mostLooks.
const (
	lookEvery = 48 * time.Hour
	mostLooks = 60
)

// said is a decision: an update and what it is given.
type said struct {
	update string
	in     any
}

// decide says what the person decides when a deployment needs attention, looking
// for the nth time. Signals that nodes send only now are sent by signal.
func (c *scenario) decide(status deploy.Status, look int, signal func(node, name string)) []said {
	if c.Abort > 0 && look >= c.Abort {
		return []said{{workflows.AbortUpdate, workflows.Abort{Rollback: c.AbortRollback, By: "ann"}}}
	}
	var all []said
	skips := false
	for _, f := range status.Failures {
		p := c.step(f.Step)
		if p != nil && p.Fate[f.Node].Skip {
			skips = true
			all = append(all, said{workflows.SkipUpdate, workflows.Skip{Step: f.Step, Node: f.Node, By: "ann"}})
			continue
		}
		if p != nil && p.Action == "await" {
			signal(f.Node, p.signal())
		}
		all = append(all, said{workflows.RetryUpdate, workflows.Retry{Step: f.Step, Node: f.Node, By: "ann"}})
	}
	if !skips && len(c.Steps)%2 == 0 {
		return []said{{workflows.RetryUpdate, workflows.Retry{}}}
	}
	return all
}

// look is the person having a look at the simulated operation.
func (s *sim) look() {
	s.looks++
	status := s.status(panics{})
	if status.State != deploy.StateNeedsAttention || s.looks > mostLooks {
		var b strings.Builder
		fmt.Fprintf(&b, "look %d: %s\n", s.looks, status.State)
		for _, st := range status.Steps {
			fmt.Fprintf(&b, "  %s on %s: %s %s\n", st.Name, st.Node, st.State, st.Message)
		}
		s.stuck = b.String()
		s.CancelWorkflow()
		return
	}
	for i, d := range s.c.decide(status, s.looks, s.signal) {
		if skip, ok := d.in.(workflows.Skip); ok {
			s.happened(event{what: "skip", step: skip.Step, node: skip.Node})
		}
		s.UpdateWorkflow(d.update, fmt.Sprintf("%d/%d", s.looks, i), &answer{}, d.in)
	}
	s.RegisterDelayedCallback(s.look, lookEvery)
}

// panics is for where there is no test to fail.
type panics struct{}

func (panics) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (panics) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (panics) FailNow()                          { panic("failed") }
