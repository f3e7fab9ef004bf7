package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
)

// maxDetailRows bounds the table that the UI shows with a row for every step on
// every node; beyond, a step's nodes are counted in one row.
const maxDetailRows = 100

// show makes the deployment's state what the UI shows as current details.
func (d *deployment) show(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, d.details())
}

// details renders where the deployment stands as Markdown.
func (d *deployment) details() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n", d.state)
	if d.simulated() {
		fmt.Fprintf(&b, "\n**%s**\n", deploy.SimulationNote)
	}
	for _, f := range d.failures {
		what, evidence, more := strings.Cut(f.Error(), "\n")
		fmt.Fprintf(&b, "\n- %s\n", what)
		if more {
			// Indented so, it is shown as it is.
			fmt.Fprintf(&b, "\n      %s\n", strings.ReplaceAll(evidence, "\n", "\n      "))
		}
	}
	b.WriteString(d.possible())
	if len(d.board.nodes) <= maxDetailRows {
		b.WriteString(d.nodeTable())
	}
	for _, f := range d.differences {
		fmt.Fprintf(&b, "\n- %s on %s: %s\n", f.Step, f.Node, cell(f.What))
	}
	switch {
	case len(d.board.steps) == 0:
	case len(d.board.steps) <= maxDetailRows:
		b.WriteString("\n| step | node | state | |\n|---|---|---|---|\n")
		for _, s := range d.board.stepStatus() {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.Name, s.Node, s.State, cell(s.Message))
		}
	default:
		b.WriteString("\n| step | waiting | running | done | failed | skipped |\n|---|---|---|---|---|---|\n")
		for _, row := range d.board.counts() {
			fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", row.step, row.waiting, row.running, row.done, row.failed, row.skipped)
		}
	}
	return b.String()
}

// nodeTable lists the nodes that the provider has told of; empty before that.
func (d *deployment) nodeTable() string {
	var rows strings.Builder
	for _, n := range d.board.nodes {
		if n.Address != "" {
			fmt.Fprintf(&rows, "| %s | %s | %s |\n", n.Name, n.Address, cell(n.Hostname))
		}
	}
	if rows.Len() == 0 {
		return ""
	}
	return "\n| node | address | host name |\n|---|---|---|\n" + rows.String()
}

// counted is how many nodes a step stands where on.
type counted struct {
	step                                    string
	waiting, running, done, failed, skipped int
}

// counts folds the board to a row a step, in the order in which they were added.
func (b *board) counts() []*counted {
	var rows []*counted
	at := map[string]*counted{}
	for _, s := range b.steps {
		row, ok := at[s.Name]
		if !ok {
			row = &counted{step: s.Name}
			at[s.Name] = row
			rows = append(rows, row)
		}
		switch s.State {
		case deploy.StepWaiting:
			row.waiting++
		case deploy.StepRunning:
			row.running++
		case deploy.StepDone:
			row.done++
		case deploy.StepFailed:
			row.failed++
		case deploy.StepSkipped:
			row.skipped++
		}
	}
	return rows
}

// cell keeps a message inside its table cell.
func cell(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.ReplaceAll(s, "|", `\|`)
}
