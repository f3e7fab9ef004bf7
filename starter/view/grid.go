package view

import (
	"slices"
	"strings"
	"time"

	"aiolos/deploy"
)

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
	steps, before, after := g.choose(width-names, wide)
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
			hidden = append(hidden, Count(before, "step", "steps")+" done everywhere")
		}
		if after > 0 {
			hidden = append(hidden, Count(after, "step", "steps")+" ahead")
		}
		lines = append(lines, p.in(dim, fit("(not shown: "+strings.Join(hidden, ", ")+")", width)))
	}
	return lines
}

// choose returns the steps whose columns fit into a width, and how many before
// and after them do not.
func (g grid) choose(width int, wide map[string]int) (steps []string, before, after int) {
	steps = g.steps
	total := 0
	for _, step := range steps {
		total += gap + wide[step]
	}
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
	return steps, before, after
}

func (g grid) doneEverywhere(step string) bool {
	for _, r := range g.rows {
		if c, ok := r.cells[step]; ok && c.state != deploy.StepDone {
			return false
		}
	}
	return true
}
