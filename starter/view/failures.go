package view

import (
	"fmt"
	"io"
	"strings"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

// Failures prints what failed, where, what the tools themselves said, and what
// can be done where a person has to decide.
func Failures(out io.Writer, e *operation.FailedError) {
	fmt.Fprintf(out, "%s: %s\n", e.Deployment, e.State)
	for _, f := range e.Failures {
		text := cleanLines(f.Message)
		where := Clean(f.Step)
		if f.Node != "" {
			where = strings.TrimSpace(where + " on " + Clean(f.Node))
		}
		if where != "" && len(text) > 0 {
			text[0] = where + ": " + text[0]
		}
		for _, line := range text {
			fmt.Fprintf(out, "  %s\n", line)
		}
		for _, evidence := range f.Evidence {
			for _, line := range cleanLines(evidence) {
				fmt.Fprintf(out, "      %s\n", line)
			}
		}
	}
	list(out, "left: ", e.Left)
	if e.State == deploy.StateNeedsAttention {
		Remedies(out, e.Deployment, e.Failures)
	}
}
