package view

import (
	"fmt"
	"io"

	"aiolos/deploy"
)

// mostRemedies bounds for how many failures the commands are spelled out.
const mostRemedies = 3

// remedy is a command that a person can type, and what it is good for.
type remedy struct{ command, means string }

// Remedies prints what can be done about a deployment that needs attention.
func Remedies(out io.Writer, deployment string, failures []deploy.Failure) {
	all := remedies(deployment, failures)
	width := 0
	for _, r := range all {
		width = max(width, len(r.command))
	}
	fmt.Fprintln(out, "What can be done:")
	for _, r := range all {
		fmt.Fprintf(out, "  %-*s  %s\n", width, r.command, r.means)
	}
}

func remedies(deployment string, failures []deploy.Failure) []remedy {
	all := []remedy{{"aiolos retry " + deployment, "attempt again what failed, once its cause is mended"}}
	replaced := map[string]bool{}
	for _, f := range failures[:min(len(failures), mostRemedies)] {
		gone := f.Kind == deploy.KindGone
		step, node := Clean(f.Step), Clean(f.Node)
		if step == "" || node == "" {
			continue
		}
		where := fmt.Sprintf(" %s %s --node %s", deployment, step, node)
		if len(failures) > 1 && !gone {
			all = append(all, remedy{"aiolos retry" + where, "attempt only this again"})
		}
		// Without a machine that answers nothing works: it cannot be skipped.
		if step != deploy.StepLaunch && step != deploy.StepConnect && !gone {
			all = append(all, remedy{"aiolos skip" + where, "take it for done"})
		}
		if step != deploy.StepLaunch && !replaced[node] {
			replaced[node] = true
			all = append(all, remedy{fmt.Sprintf("aiolos replace-node %s %s", deployment, node), "put a fresh machine in its place"})
		}
	}
	return append(all,
		remedy{"aiolos abort " + deployment, "end it as failed; what was made stays"},
		remedy{"aiolos abort " + deployment + " --rollback", "unmake what this run made"})
}
