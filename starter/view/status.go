package view

import (
	"fmt"
	"io"
	"time"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

// Status prints where an operation stands.
func Status(out io.Writer, s operation.Snapshot, now time.Time) {
	fmt.Fprintln(out, header(s, now))
	if !s.Started.IsZero() {
		fmt.Fprintln(out, times(s, now, now.Location()))
	}
	Notes(out, s.Notes)
	Approvals(out, s.Deployment, &s.Status)
	nodes(out, s.Status.Nodes)
	if len(s.Status.Steps) > 0 {
		until := now
		if !s.Closed.IsZero() {
			until = s.Closed
		}
		fmt.Fprintln(out)
		columns(out, []string{"STEP", "NODE", "STATE", "TIME", "ATTEMPTS", "MESSAGE"}, func(line func(...any)) {
			for i := range s.Status.Steps {
				step := &s.Status.Steps[i]
				elapsed, attempts := "", ""
				if step.Started != nil {
					elapsed, attempts = duration(took(step, until)), fmt.Sprint(step.Attempts)
				}
				line(step.Name, step.Node, step.State, elapsed, attempts, step.Message)
			}
		})
	}
	counts(out, s.Status.Counts)
	outputs(out, s.Status.Outputs)
	if len(s.Status.Changes) > 0 {
		fmt.Fprintf(out, "\n%s\n", Count(len(s.Status.Changes), "change", "changes"))
		list(out, "", s.Status.Changes)
	}
	if len(s.Status.Failures) > 0 || s.Status.State == deploy.StateNeedsAttention {
		fmt.Fprintln(out)
		Failures(out, &operation.FailedError{Deployment: s.Deployment, State: s.Status.State, Failures: s.Status.Failures, Left: s.Status.Left})
	}
}

// times says when an operation began and ended, as the clock said and as how long ago it was.
func times(s operation.Snapshot, now time.Time, zone *time.Location) string {
	text := "began " + moment(s.Started, now, zone)
	if !s.Closed.IsZero() {
		text += ", ended " + moment(s.Closed, now, zone)
	}
	return text
}

// counts prints on how many nodes each step stands where, of a deployment that is too
// large for every step on every node.
func counts(out io.Writer, all []deploy.StepCount) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(out)
	columns(out, []string{"STEP", "WAITING", "RUNNING", "DONE", "FAILED", "SKIPPED"}, func(line func(...any)) {
		for _, c := range all {
			line(c.Name, c.Waiting, c.Running, c.Done, c.Failed, c.Skipped)
		}
	})
}
