package view

import (
	"fmt"
	"time"

	"aiolos/deploy"
)

// voices are what the steps say: first those that failed, then those that run,
// then those that wait; at most most lines.
func voices(s *deploy.Status, now time.Time, size Size, most int, p paint) []string {
	var lines []string
	more := 0
	for _, state := range []deploy.StepState{deploy.StepFailed, deploy.StepRunning, deploy.StepWaiting} {
		for i := range s.Steps {
			step := &s.Steps[i]
			switch {
			case step.State != state || !speaks(step):
			case len(lines) < most:
				lines = append(lines, p.in(stepColour(state), fit(voice(step, now), size.Width)))
			default:
				more++
			}
		}
	}
	if len(lines) == 0 {
		return nil
	}
	if more > 0 {
		lines[most-1] = p.in(dim, fit(fmt.Sprintf("… and %d more", more+1), size.Width))
	}
	return append([]string{""}, lines...)
}

// speaks tells whether there is something to say about a step, which is not said
// above the table already.
func speaks(s *deploy.StepStatus) bool {
	_, asks := s.ApprovalAwaited()
	return !asks && (s.Message != "" || s.Attempts > 1)
}

// voice is what one step says, on one line.
func voice(s *deploy.StepStatus, now time.Time) string {
	text := fmt.Sprintf("%s on %s", s.Name, s.Node)
	switch s.State {
	case deploy.StepFailed:
		text += " failed after " + duration(took(s, now))
	case deploy.StepRunning:
		text += ", " + duration(took(s, now).Truncate(time.Second))
	}
	if s.Attempts > 1 {
		text += fmt.Sprintf(", attempt %d", s.Attempts)
	}
	if s.Message != "" {
		text += ": " + s.Message
	}
	return Clean(text)
}
