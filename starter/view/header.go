package view

import (
	"fmt"
	"strings"
	"time"

	"aiolos/starter/operation"
)

// Size is that of a terminal, in columns and lines.
type Size struct{ Width, Height int }

// gap is what stands between two columns.
const gap = 2

// header says in one line how the whole stands.
func header(s operation.Snapshot, now time.Time) string {
	until, preposition := now, "for"
	if !s.Closed.IsZero() {
		until, preposition = s.Closed, "after"
	}
	var about []string
	if s.Status.Blueprint != "" {
		about = append(about, s.Status.Blueprint)
	}
	if s.Status.Provider != "" {
		about = append(about, "on "+s.Status.Provider)
	}
	text := fmt.Sprintf("%s: %s %s %s", s.Deployment, s.Status.State, preposition, duration(until.Sub(s.Started).Truncate(100*time.Millisecond)))
	if n := len(s.Status.Nodes); n > 0 {
		about = append(about, "with "+Count(n, "node", "nodes"))
	}
	if len(about) > 0 {
		text += " (" + strings.Join(about, " ") + ")"
	}
	return Clean(text)
}
