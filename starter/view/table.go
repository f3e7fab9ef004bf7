package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"aiolos/deploy"
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
	until, for_ := now, "for"
	if !s.Closed.IsZero() {
		until, for_ = s.Closed, "after"
	}
	var about []string
	if s.Status.Blueprint != "" {
		about = append(about, s.Status.Blueprint)
	}
	if s.Status.Provider != "" {
		about = append(about, "on "+s.Status.Provider)
	}
	text := fmt.Sprintf("%s: %s %s %s", s.Deployment, s.Status.State, for_, duration(until.Sub(s.Started).Truncate(100*time.Millisecond)))
	if n := len(s.Status.Nodes); n > 0 {
		about = append(about, "with "+count(n, "node", "nodes"))
	}
	if len(about) > 0 {
		text += " (" + strings.Join(about, " ") + ")"
	}
	return Clean(text)
}

// grid is the table itself: steps by nodes or groups.
type grid struct {
	steps []string
	rows  []row
}

type row struct {
	name  string
	cells map[string]cell
}

func gridOf(s *deploy.Status, now time.Time, byGroup bool) grid {
	var g grid
	groupOf := map[string]string{}
	for _, n := range s.Nodes {
		groupOf[n.Name] = n.Group
	}
	at := map[string]int{}
	tallies := map[string]map[string]tally{}
	for i := range s.Steps {
		step := &s.Steps[i]
		if !slices.Contains(g.steps, step.Name) {
			g.steps = append(g.steps, step.Name)
		}
		name := step.Node
		if byGroup && groupOf[name] != "" {
			name = groupOf[name]
		}
		if _, ok := at[name]; !ok {
			at[name] = len(g.rows)
			g.rows = append(g.rows, row{name: name, cells: map[string]cell{}})
			tallies[name] = map[string]tally{}
		}
		if tallies[name][step.Name] == nil {
			tallies[name][step.Name] = tally{}
		}
		tallies[name][step.Name][step.State]++
		g.rows[at[name]].cells[step.Name] = cellOf(step, now)
	}
	if byGroup {
		for _, r := range g.rows {
			for step, t := range tallies[r.name] {
				r.cells[step] = t.cell()
			}
		}
	}
	return g
}

// render draws the grid. Where it is too wide, steps that are done everywhere
// go first, then those farthest ahead; a line below says so.
func (g grid) render(width int, p paint) []string {
	names := 0
	for _, r := range g.rows {
		names = max(names, Width(r.name))
	}
	names = min(names, width/2)
	wide := map[string]int{}
	for _, step := range g.steps {
		wide[step] = Width(step)
		for _, r := range g.rows {
			wide[step] = max(wide[step], Width(r.cells[step].text))
		}
	}
	steps := g.steps
	total := names
	for _, step := range steps {
		total += gap + wide[step]
	}
	before, after := 0, 0
	for len(steps) > 1 && total > width && g.doneEverywhere(steps[0]) {
		total -= gap + wide[steps[0]]
		steps = steps[1:]
		before++
	}
	for len(steps) > 1 && total > width {
		last := len(steps) - 1
		total -= gap + wide[steps[last]]
		steps = steps[:last]
		after++
	}
	head := pad("", names)
	for _, step := range steps {
		head += strings.Repeat(" ", gap) + pad(step, wide[step])
	}
	lines := []string{p.in(bold, fit(strings.TrimRight(head, " "), width))}
	for _, r := range g.rows {
		line, used := pad(fit(r.name, names), names), names
		for _, step := range steps {
			c := r.cells[step]
			room := min(wide[step], width-used-gap)
			line += strings.Repeat(" ", gap) + p.in(stepColour(c.state), fit(c.text, room)) + strings.Repeat(" ", max(0, room-Width(c.text)))
			used += gap + wide[step]
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	if before+after > 0 {
		var hidden []string
		if before > 0 {
			hidden = append(hidden, count(before, "step", "steps")+" done everywhere")
		}
		if after > 0 {
			hidden = append(hidden, count(after, "step", "steps")+" ahead")
		}
		lines = append(lines, p.in(dim, fit("(not shown: "+strings.Join(hidden, ", ")+")", width)))
	}
	return lines
}

func (g grid) doneEverywhere(step string) bool {
	for _, r := range g.rows {
		if c, ok := r.cells[step]; ok && c.state != deploy.StepDone {
			return false
		}
	}
	return true
}
