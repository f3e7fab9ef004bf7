package view

import (
	"fmt"
	"time"

	"aiolos/deploy"
)

// Marks of a step's state. They differ without colours.
const (
	markDone    = "✓"
	markRunning = "▸"
	markFailed  = "✗"
	markWaiting = "·"
	markSkipped = "-"
	markAsks    = "?"
)

// cell is one field of the table: the state of a step on a node, or on a group.
type cell struct {
	text  string
	state deploy.StepState
}

// cellOf is the cell of a step on one node.
func cellOf(s *deploy.StepStatus, now time.Time) cell {
	c := cell{state: s.State}
	switch s.State {
	case deploy.StepDone:
		c.text = markDone + " " + duration(took(s, now))
	case deploy.StepRunning:
		mark := markRunning
		if _, asks := s.ApprovalAwaited(); asks {
			mark = markAsks
		}
		c.text = mark + " " + duration(took(s, now).Truncate(time.Second))
	case deploy.StepFailed:
		c.text = markFailed + " failed"
	case deploy.StepSkipped:
		c.text = markSkipped
	default:
		c.text = markWaiting
	}
	return c
}

// took is how long a step has taken so far.
func took(s *deploy.StepStatus, now time.Time) time.Duration {
	switch {
	case s.Started == nil:
		return 0
	case s.Finished != nil:
		return s.Finished.Sub(*s.Started)
	default:
		return now.Sub(*s.Started)
	}
}

// tally is how far a step is on the nodes of a group.
type tally map[deploy.StepState]int

// cell is the cell of a step on a group: what most needs to be seen.
func (t tally) cell() cell {
	of := 0
	for _, n := range t {
		of += n
	}
	progress := fmt.Sprintf("%d/%d", t[deploy.StepDone], of)
	switch {
	case of == 0:
		return cell{}
	case t[deploy.StepFailed] > 0:
		return cell{fmt.Sprintf("%s %d failed", markFailed, t[deploy.StepFailed]), deploy.StepFailed}
	case t[deploy.StepDone] == of:
		return cell{markDone + " " + progress, deploy.StepDone}
	case t[deploy.StepRunning] > 0:
		return cell{markRunning + " " + progress, deploy.StepRunning}
	case t[deploy.StepSkipped] == of:
		return cell{markSkipped, deploy.StepSkipped}
	case t[deploy.StepDone] > 0:
		return cell{markWaiting + " " + progress, deploy.StepWaiting}
	default:
		return cell{markWaiting, deploy.StepWaiting}
	}
}
