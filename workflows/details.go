package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
)

// maxDetailRows bounds the table that the UI shows; beyond, only what is not
// done is listed.
const maxDetailRows = 100

// show makes the deployment's state what the UI shows as current details.
func (d *deployment) show(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, details(d.state, d.board.steps, d.failures))
}

// details renders where a deployment stands as Markdown.
func details(state deploy.State, steps []*deploy.StepStatus, failures []deploy.Failure) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n", state)
	for _, f := range failures {
		fmt.Fprintf(&b, "\n- %s\n", strings.ReplaceAll(f.Error(), "\n", "\n  "))
	}
	if len(steps) == 0 {
		return b.String()
	}
	b.WriteString("\n| step | node | state | |\n|---|---|---|---|\n")
	done := 0
	for _, s := range steps {
		if len(steps) > maxDetailRows && (s.State == deploy.StepDone || s.State == deploy.StepWaiting) {
			done++
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.Name, s.Node, s.State, cell(s.Message))
	}
	if done > 0 {
		fmt.Fprintf(&b, "\n%d more are done or wait.\n", done)
	}
	return b.String()
}

// cell keeps a message inside its table cell.
func cell(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.ReplaceAll(s, "|", `\|`)
}
