package view

import (
	"fmt"
	"io"

	"aiolos/deploy"
)

// Outcome prints what an operation did and what there is now.
func Outcome(out io.Writer, o deploy.Outcome) {
	fmt.Fprintf(out, "%s: %s, %s\n", o.Deployment, o.State, changed(o))
	if o.Simulated {
		Notes(out, []string{deploy.SimulationNote})
	}
	differences(out, o)
	list(out, "", o.Changes)
	list(out, "left: ", o.Left)
	if o.State != deploy.StateDestroyed {
		nodes(out, o.Nodes)
		outputs(out, o.Outputs)
	}
}

func changed(o deploy.Outcome) string {
	switch {
	case o.State == deploy.StateInSync || o.State == deploy.StateDrifted:
		return Count(len(o.Differences), "difference", "differences") + ", " + Count(len(o.NotChecked), "step", "steps") + " not checked"
	case len(o.Changes) > 0:
		return Count(len(o.Changes), "change", "changes")
	case o.State == deploy.StateDestroyed:
		return "nothing was found to remove"
	default:
		return "nothing changed"
	}
}

// differences prints what a check found, and what it could not look at.
func differences(out io.Writer, o deploy.Outcome) {
	for _, d := range o.Differences {
		fmt.Fprintf(out, "  %s on %s: %s\n", Clean(d.Step), Clean(d.Node), Clean(d.What))
	}
	for _, u := range o.NotChecked {
		fmt.Fprintf(out, "  not checked: %s on %s, because %s\n", Clean(u.Step), Clean(u.Node), Clean(u.Because))
	}
}

func list(out io.Writer, before string, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(out, "  %s%s\n", before, Clean(line))
	}
}
