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
		for _, row := range d.board.stepCounts() {
			fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", row.Name, row.Waiting, row.Running, row.Done, row.Failed, row.Skipped)
		}
	}
	return b.String()
}

// nodeTable lists the nodes that the provider has told of; empty before that. It is asked
// for whenever a step has got further, and changes hardly ever.
func (d *deployment) nodeTable() string {
	if d.tableOf != d.board.machines {
		d.table, d.tableOf = d.newNodeTable(), d.board.machines
	}
	return d.table
}

func (d *deployment) newNodeTable() string {
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

// stepCounts folds the board to a row a step, in the order in which they were added.
func (b *board) stepCounts() []deploy.StepCount {
	var rows []deploy.StepCount
	at := map[string]int{}
	row := -1
	for _, s := range b.steps {
		// Mostly a step's nodes follow one another.
		if row < 0 || rows[row].Name != s.Name {
			var ok bool
			if row, ok = at[s.Name]; !ok {
				row = len(rows)
				at[s.Name] = row
				rows = append(rows, deploy.StepCount{Name: s.Name})
			}
		}
		rows[row].Add(s.State)
	}
	return rows
}

// cell keeps a message inside its table cell.
func cell(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.ReplaceAll(s, "|", `\|`)
}
