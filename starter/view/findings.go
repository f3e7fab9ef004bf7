package view

import (
	"fmt"
	"io"

	"aiolos/deploy"
)

// Findings prints what was found as a table, and below what to do about it.
func Findings(out io.Writer, all deploy.Findings) {
	columns(out, []string{"", "OF", "CHECK", "FOUND"}, func(line func(...any)) {
		for _, f := range all.Findings {
			line(f.Verdict, f.Of, f.Check, f.Found)
		}
	})
	var advice []string
	count := map[deploy.Verdict]int{}
	for _, f := range all.Findings {
		count[f.Verdict]++
		if f.Verdict != deploy.VerdictOK && f.Advice != "" {
			advice = append(advice, fmt.Sprintf("%s, %s: %s", f.Of, f.Check, f.Advice))
		}
	}
	fmt.Fprintf(out, "\n%d ok, %s, %d failed\n", count[deploy.VerdictOK], Count(count[deploy.VerdictWarning], "warning", "warnings"), count[deploy.VerdictFailed])
	if len(advice) > 0 {
		fmt.Fprintln(out, "What to do:")
	}
	for _, a := range advice {
		fmt.Fprintln(out, "  "+Clean(a))
	}
}
