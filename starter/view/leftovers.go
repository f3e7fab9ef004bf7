package view

import (
	"fmt"
	"io"
	"time"

	"aiolos/starter/operation"
)

// Leftovers prints what belongs to no deployment, and what is in doubt.
func Leftovers(out io.Writer, found operation.Leftovers, now time.Time) {
	if len(found.Orphans) == 0 {
		fmt.Fprintln(out, "No orphans.")
	} else {
		leftovers(out, found.Orphans, now)
	}
	if len(found.Doubtful) > 0 {
		fmt.Fprintf(out, "\nIn doubt, and never removed by this command:\n")
		leftovers(out, found.Doubtful, now)
	}
	if found.More > 0 {
		fmt.Fprintf(out, "\n%d more were not looked at; remove some, and ask again.\n", found.More)
	}
	for _, what := range found.Unseen {
		fmt.Fprintln(out, Clean("Not looked at: "+what))
	}
}

func leftovers(out io.Writer, all []operation.Leftover, now time.Time) {
	billed := 0
	columns(out, []string{"DEPLOYMENT", "NODE", "PROVIDER", "KIND", "ID", "AGE", "COSTS", "WHY"}, func(line func(...any)) {
		for _, l := range all {
			age, costs := "-", "-"
			if !l.Made.IsZero() {
				age = ageOf(now.Sub(l.Made))
			}
			if l.Billed {
				costs = "yes"
				billed++
			}
			line(otherwise(l.Deployment), otherwise(l.Node), l.Provider, l.Kind, l.ID, age, costs, l.Why)
		}
	})
	fmt.Fprintf(out, "%s, %d of which %s billed\n", Count(len(all), "thing", "things"), billed, map[bool]string{true: "is", false: "are"}[billed == 1])
}

func otherwise(name string) string {
	if name == "" {
		return "-"
	}
	return name
}

// ageOf is how old something is, in days from two days on.
func ageOf(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%d d", int(d/day))
	}
	return duration(d)
}
