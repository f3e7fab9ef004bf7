package view

import (
	"fmt"
	"time"

	"aiolos/deploy"
)

// branch draws a node, with as many of its steps as the detail asks for.
func (t tree) branch(b *branch, d detail, names int, last bool) []string {
	limb, below := "├─ ", "│  "
	if last {
		limb, below = "└─ ", "   "
	}
	m := mark(b.state(), b.asks, t.now)
	text := fmt.Sprintf("%s %s  %d/%d", m, pad(b.name, names), b.done, len(b.steps))
	if b.focus != nil && d >= everyNode {
		text += "  " + t.step(b.focus)
	}
	lines := []string{fitTo(t, limb, stepColour(b.state()), text)}
	if d >= everyNode {
		return lines
	}
	var shown []*deploy.StepStatus
	for _, step := range b.steps {
		if d == everyStep || step == b.focus || step.State == deploy.StepRunning || step.State == deploy.StepFailed ||
			(step.State == deploy.StepWaiting && step.Message != "") {
			shown = append(shown, step)
		}
	}
	for i, step := range shown {
		twig := "├─ "
		if i == len(shown)-1 {
			twig = "└─ "
		}
		_, asks := step.ApprovalAwaited()
		lines = append(lines, fitTo(t, below+twig, stepColour(step.State), mark(step.State, asks, t.now)+" "+t.step(step)))
	}
	return lines
}

// wholeSeconds is a duration for what still runs: tenths would only flicker.
func wholeSeconds(d time.Duration) string {
	const tenths = 10 * time.Second
	if d = max(d, 0); d < tenths {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return duration(d.Truncate(time.Second))
}

// step says all about a step on a node, on one line, what matters most first.
func (t tree) step(s *deploy.StepStatus) string {
	text := s.Name
	switch s.State {
	case deploy.StepDone:
		text += " " + duration(took(s, t.now))
	case deploy.StepRunning:
		text += " " + wholeSeconds(took(s, t.now))
	case deploy.StepFailed:
		text += " failed after " + duration(took(s, t.now))
	}
	if s.Attempts > 1 {
		text += fmt.Sprintf(", attempt %d", s.Attempts)
	}
	if isSlow(s, t.now, t.usual) {
		text += ", slow"
	}
	if s.Message != "" {
		text += ": " + s.Message
	}
	return text
}
