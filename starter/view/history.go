package view

import (
	"fmt"
	"io"
	"time"

	"aiolos/starter/operation"
)

// History prints the operations on a deployment, the newest first.
func History(out io.Writer, all []operation.Past, now time.Time, zone *time.Location) {
	for i, p := range all {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "%s  %s  %s%s\n", moment(p.Started, now, zone), p.Type, p.State, lasted(p, now))
		line := func(name, text string) {
			if text != "" {
				fmt.Fprintf(out, "  %-8s %s\n", name, Clean(text))
			}
		}
		line("asked", p.Asked)
		line("by", p.By)
		line("run", p.ID)
		for _, d := range p.Decisions {
			by := ""
			if d.By != "" {
				by = " by " + d.By
			}
			line("decided", fmt.Sprintf("%s%s, after %s", d.What, by, duration(d.At.Sub(p.Started))))
		}
		for _, c := range p.Changes {
			line("changed", c)
		}
		for _, d := range p.Differences {
			line("differs", fmt.Sprintf("%s on %s: %s", d.Step, d.Node, d.What))
		}
		for _, f := range p.Failures {
			line("failed", f.Error())
		}
		if len(p.Changes)+len(p.Differences) == 0 && p.Unknown == "" {
			line("changed", "nothing")
		}
		line("note", p.Unknown)
	}
}

// lasted says how long an operation took, or takes.
func lasted(p operation.Past, now time.Time) string {
	if p.Closed == nil {
		return " for " + duration(now.Sub(p.Started))
	}
	return " after " + duration(p.Closed.Sub(p.Started))
}

// moment is a time, both as the clock said and as how long ago it was.
func moment(at, now time.Time, zone *time.Location) string {
	return at.In(zone).Format(time.DateTime) + " (" + ago(now.Sub(at)) + ")"
}

// ago says how long ago something was.
func ago(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return "now"
	case d < time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 2*day:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days ago", int(d/day))
	}
}
