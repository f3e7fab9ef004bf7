package view

import (
	"fmt"
	"io"
	"slices"
	"time"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

// Lines tells an operation in plain lines, one for each change.
type Lines struct {
	Out io.Writer
	// Zone is the time zone of the clock times; nil means the local one.
	Zone *time.Location

	state    deploy.State
	notes    []string
	steps    map[stepOn]told
	asked    []approval
	anything bool
}

type stepOn struct{ step, node string }

// told is what has been said about a step on a node.
type told struct {
	state    deploy.StepState
	attempts int
}

type event struct {
	at   time.Time
	text string
}

// Show says what changed since the last snapshot.
func (l *Lines) Show(s operation.Snapshot, now time.Time) {
	if l.steps == nil {
		l.steps = map[stepOn]told{}
	}
	if !s.Closed.IsZero() {
		now = s.Closed
	}
	var events []event
	for i := range s.Status.Steps {
		events = append(events, l.step(&s.Status.Steps[i], now)...)
	}
	for _, note := range s.Notes {
		if !slices.Contains(l.notes, note) {
			events = append(events, event{now, s.Deployment + ": " + note})
		}
	}
	l.notes = s.Notes
	open := approvals(&s.Status)
	for _, a := range open {
		if !slices.Contains(l.asked, a) {
			events = append(events, event{now, "? " + a.text(s.Deployment)})
		}
	}
	l.asked = open
	// An end is told once Temporal has it too, and with it how long all took.
	if s.Status.State != l.state && (goesOn(s.Status.State) || !s.Closed.IsZero()) {
		e := event{now, fmt.Sprintf("%s: %s", s.Deployment, s.Status.State)}
		switch {
		case !s.Closed.IsZero():
			e.text += " after " + duration(s.Closed.Sub(s.Started))
		case !l.anything:
			e.at = s.Started
		}
		l.state, l.anything = s.Status.State, true
		events = append(events, e)
	}
	// A snapshot may hold many changes: they are told in the order in which they happened.
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	for _, e := range events {
		fmt.Fprintf(l.Out, "%s %s\n", e.at.In(l.zone()).Format(time.TimeOnly), Clean(e.text))
	}
}

// goesOn says that a state is not the last one.
func goesOn(state deploy.State) bool {
	switch state {
	case deploy.StatePlanning, deploy.StateRunning, deploy.StateNeedsAttention, deploy.StateDestroying:
		return true
	}
	return false
}

func (l *Lines) zone() *time.Location {
	if l.Zone == nil {
		return time.Local
	}
	return l.Zone
}

// step tells what is new of a step on a node.
func (l *Lines) step(s *deploy.StepStatus, now time.Time) []event {
	key := stepOn{s.Name, s.Node}
	before, known := l.steps[key]
	l.steps[key] = told{s.State, s.Attempts}
	if !known {
		before.state = deploy.StepWaiting
	}
	text := fmt.Sprintf("%s on %s: ", s.Name, s.Node)
	if before.state == s.State {
		if s.State == deploy.StepRunning && s.Attempts > before.attempts {
			return []event{{now, text + fmt.Sprintf("attempt %d", s.Attempts) + with("; ", s.Message)}}
		}
		return nil
	}
	e := event{now, text + string(s.State)}
	switch s.State {
	case deploy.StepRunning:
		if s.Started != nil {
			e.at = *s.Started
		}
	case deploy.StepDone:
		e.text += " in " + duration(took(s, now)) + with(", ", s.Message)
	case deploy.StepFailed:
		e.text += " after " + duration(took(s, now)) + with(": ", s.Message)
	}
	if s.Finished != nil {
		e.at = *s.Finished
	}
	return []event{e}
}

// with puts a separator before a text that is not empty.
func with(separator, text string) string {
	if text == "" {
		return ""
	}
	return separator + text
}
