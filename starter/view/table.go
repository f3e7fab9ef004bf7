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

// Table renders an operation as lines that fit a terminal: a header, a row for
// each node (for each group, where the nodes are too many) with the state of
// each step, and what the steps under way say.
func Table(s operation.Snapshot, now time.Time, size Size, colour bool) []string {
	p := paint(colour)
	lines := []string{p.in(bold, fit(header(s, now), size.Width))}
	for _, note := range s.Notes {
		lines = append(lines, p.in(yellow, fit("! "+Clean(note), size.Width)))
	}
	for _, a := range approvals(&s.Status) {
		lines = append(lines, p.in(bold+yellow, fit("? "+a.text(s.Deployment), size.Width)))
	}
	if len(s.Status.Steps) > 0 {
		// Two blank lines, the head, and some room for what the steps say.
		room := size.Height - len(lines) - 6
		grid := gridOf(&s.Status, now, len(s.Status.Nodes) > room)
		lines = append(lines, "")
		lines = append(lines, grid.render(size.Width, p)...)
		lines = append(lines, voices(&s.Status, now, size, size.Height-len(lines)-2, p)...)
	}
	return lines[:min(len(lines), max(1, size.Height-1))]
}

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
