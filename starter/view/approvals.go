package view

import (
	"fmt"
	"io"
	"slices"

	"aiolos/deploy"
)

// approval is a step that waits for a person; one decision holds for all nodes.
type approval struct{ step, question string }

func approvals(s *deploy.Status) []approval {
	var all []approval
	for i := range s.Steps {
		question, ok := s.Steps[i].ApprovalAwaited()
		if a := (approval{s.Steps[i].Name, question}); ok && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

// text asks the person, and says how to answer.
func (a approval) text(deployment string) string {
	return Clean(fmt.Sprintf("%s waits for approval: %s  (aiolos approve %s %s)", a.step, a.question, deployment, a.step))
}

// Approvals prints what waits for a person.
func Approvals(out io.Writer, deployment string, s *deploy.Status) {
	for _, a := range approvals(s) {
		fmt.Fprintf(out, "? %s\n", a.text(deployment))
	}
}
