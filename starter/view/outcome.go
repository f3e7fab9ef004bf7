package view

import (
	"fmt"
	"io"

	"aiolos/deploy"
)

// Outcome prints what an operation did and what there is now.
func Outcome(out io.Writer, o deploy.Outcome) {
	fmt.Fprintf(out, "%s: %s, %s\n", o.Deployment, o.State, changed(o))
	list(out, "", o.Changes)
	list(out, "left: ", o.Left)
	if o.State != deploy.StateDestroyed {
		nodes(out, o.Nodes)
		outputs(out, o.Outputs)
	}
}

func changed(o deploy.Outcome) string {
	switch {
	case len(o.Changes) > 0:
		return Count(len(o.Changes), "change", "changes")
	case o.State == deploy.StateDestroyed:
		return "nothing was found to remove"
	default:
		return "nothing changed"
	}
}

func list(out io.Writer, before string, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(out, "  %s%s\n", before, Clean(line))
	}
}
