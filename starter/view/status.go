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
