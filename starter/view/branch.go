package view

import (
	"cmp"
	"strings"
	"time"

	"aiolos/deploy"
)

// branch is a node of the tree: one machine with its steps, in their order.
type branch struct {
	name  string
	group string
	steps []*deploy.StepStatus
	// focus is the step that most needs to be seen; nil where there is none.
	focus *deploy.StepStatus
	asks  bool
	slow  bool
	done  int
}

// interest orders nodes by how much they need to be seen, the most first.
func (b *branch) interest() int {
	const (
		failed = iota
		asking
		troubled
		running
		held
		idle
		done
	)
	switch {
	case b.focus == nil:
		return done
	case b.focus.State == deploy.StepFailed:
		return failed
	case b.asks:
		return asking
	case b.focus.State == deploy.StepRunning && (b.slow || b.focus.Attempts > 1):
		return troubled
	case b.focus.State == deploy.StepRunning:
		return running
	case b.focus.Message != "":
		return held
	default:
		return idle
	}
}

// state is what the whole node counts as.
func (b *branch) state() deploy.StepState {
	if b.focus == nil {
		return deploy.StepDone
	}
	return b.focus.State
}

// branches sorts the steps of a status by node, in the order in which nodes appear.
func branches(s *deploy.Status, now time.Time) []*branch {
	groups := map[string]string{}
	at := map[string]*branch{}
	var all []*branch
	add := func(node, group string) *branch {
		b := &branch{name: node, group: group}
		all, at[node] = append(all, b), b
		return b
	}
	for _, n := range s.Nodes {
		groups[n.Name] = n.Group
		add(n.Name, n.Group)
	}
	for i := range s.Steps {
		step := &s.Steps[i]
		b := at[step.Node]
		if b == nil {
			// Before the plan's nodes are known, the name tells the group.
			group := step.Node
			if cut := strings.LastIndexByte(group, '-'); cut > 0 {
				group = group[:cut]
			}
			b = add(step.Node, cmp.Or(groups[step.Node], group))
		}
		b.steps = append(b.steps, step)
	}
	usual := usualTimes(s)
	for _, b := range all {
		b.look(now, usual)
	}
	return all
}

// look finds what most needs to be seen of a node.
func (b *branch) look(now time.Time, usual map[string]time.Duration) {
	rank := map[deploy.StepState]int{deploy.StepFailed: 4, deploy.StepRunning: 3, deploy.StepWaiting: 1}
	best := 0
	for _, step := range b.steps {
		if step.State == deploy.StepDone || step.State == deploy.StepSkipped {
			b.done++
		}
		r := rank[step.State]
		if step.State == deploy.StepWaiting && step.Message != "" {
			r++
		}
		if r > best {
			best, b.focus = r, step
		}
	}
	if b.focus != nil {
		_, b.asks = b.focus.ApprovalAwaited()
		b.slow = isSlow(b.focus, now, usual)
	}
}
