package view

import (
	"time"

	"aiolos/deploy"
)

// Marks of a step's state. They differ without colours.
const (
	markDone    = "✓"
	markFailed  = "✗"
	markWaiting = "·"
	markSkipped = "-"
	markAsks    = "?"
)

// spinner are the marks of what runs, one after the other; spin is how long each stands.
var spinner = []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")

const spin = 250 * time.Millisecond

// mark is the mark of a state at a moment.
func mark(state deploy.StepState, asks bool, now time.Time) string {
	switch {
	case asks:
		return markAsks
	case state == deploy.StepDone:
		return markDone
	case state == deploy.StepRunning:
		return string(spinner[now.UnixNano()/int64(spin)%int64(len(spinner))])
	case state == deploy.StepFailed:
		return markFailed
	case state == deploy.StepSkipped:
		return markSkipped
	default:
		return markWaiting
	}
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
