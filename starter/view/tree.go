package view

import (
	"fmt"
	"slices"
	"time"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

// detail is how much is shown of each node.
type detail int

// From the most to the least; what fits the terminal is chosen.
const (
	everyStep   detail = iota // a line for each step
	openSteps                 // a line for each step that is not done
	everyNode                 // a line for each node
	noteworthy                // a line for each node that needs to be seen, most of all those that failed
	leastDetail = noteworthy
)

// Tree renders an operation as lines that fit a terminal: a header, then groups,
// their nodes, and the steps on them. What does not fit is counted instead, the
// least interesting first. It depends on nothing but its arguments.
func Tree(s operation.Snapshot, now time.Time, size Size, colour bool) []string {
	if !s.Closed.IsZero() {
		now = s.Closed
	}
	t := tree{paint: paint(colour), now: now, width: size.Width, usual: usualTimes(&s.Status)}
	lines := []string{t.in(bold, fit(header(s, now), size.Width))}
	for _, note := range s.Notes {
		lines = append(lines, t.in(yellow, fit("! "+Clean(note), size.Width)))
	}
	for _, a := range approvals(&s.Status) {
		lines = append(lines, t.in(bold+yellow, fit("? "+a.text(s.Deployment), size.Width)))
	}
	room := max(1, size.Height-1)
	if all := branches(&s.Status, now); len(all) > 0 {
		lines = append(lines, "")
		lines = append(lines, t.fold(groupsOf(all), room-len(lines))...)
	}
	if len(lines) > room {
		lines = lines[:room]
	}
	return lines
}

type tree struct {
	paint
	now   time.Time
	width int
	usual map[string]time.Duration
}

// bough is a group of the tree.
type bough struct {
	name  string
	nodes []*branch
}

func groupsOf(all []*branch) []*bough {
	var groups []*bough
	for _, b := range all {
		i := slices.IndexFunc(groups, func(g *bough) bool { return g.name == b.group })
		if i < 0 {
			i, groups = len(groups), append(groups, &bough{name: b.group})
		}
		groups[i].nodes = append(groups[i].nodes, b)
	}
	return groups
}

// fold draws groups in the most detail that fits a number of lines.
func (t tree) fold(groups []*bough, room int) []string {
	var lines []string
	for d := everyStep; d < leastDetail; d++ {
		lines = nil
		for _, g := range groups {
			lines = append(lines, t.bough(g, g.nodes, d)...)
		}
		if len(lines) <= room {
			return lines
		}
	}
	shown := choose(groups, room-2*len(groups)) // of each group its name, and a line that counts the rest
	lines = nil
	for _, g := range groups {
		lines = append(lines, t.bough(g, slices.DeleteFunc(slices.Clone(g.nodes), func(b *branch) bool { return !shown[b] }), noteworthy)...)
	}
	return lines
}

// choose picks at most so many nodes, those that most need to be seen; what is done, or
// has nothing to say yet, is never picked.
func choose(groups []*bough, most int) map[*branch]bool {
	var all []*branch
	for _, g := range groups {
		for _, b := range g.nodes {
			if b.focus != nil && (b.focus.State != deploy.StepWaiting || b.focus.Message != "") {
				all = append(all, b)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *branch) int { return a.interest() - b.interest() })
	shown := map[*branch]bool{}
	for _, b := range all[:max(0, min(len(all), most))] {
		shown[b] = true
	}
	return shown
}

// bough draws a group with some of its nodes.
func (t tree) bough(g *bough, shown []*branch, d detail) []string {
	lines := []string{t.in(bold, fit(fmt.Sprintf("%s: %s, %s", g.name, Count(len(g.nodes), "node", "nodes"), tallyOf(g.nodes)), t.width))}
	names := 0
	for _, b := range shown {
		names = max(names, Width(b.name))
	}
	var hidden []*branch
	for _, b := range g.nodes {
		if !slices.Contains(shown, b) {
			hidden = append(hidden, b)
		}
	}
	for i, b := range shown {
		lines = append(lines, t.branch(b, d, names, i == len(shown)-1 && len(hidden) == 0)...)
	}
	if len(hidden) > 0 {
		text := "not shown: " + tallyOf(hidden)
		lines = append(lines, fitTo(t, "└─ ", dim, text))
	}
	return lines
}

// fitTo draws a line that hangs on a limb of the tree.
func fitTo(t tree, limb, colour, text string) string {
	if Width(limb) >= t.width {
		return fit(limb, t.width)
	}
	return limb + t.in(colour, fit(Clean(text), t.width-Width(limb)))
}

// tallyOf counts nodes by where they stand.
func tallyOf(nodes []*branch) string {
	counts := map[deploy.StepState]int{}
	for _, b := range nodes {
		counts[b.state()]++
	}
	text := ""
	for _, state := range []deploy.StepState{deploy.StepFailed, deploy.StepRunning, deploy.StepWaiting, deploy.StepDone} {
		if n := counts[state]; n > 0 {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%d %s", n, state)
		}
	}
	return text
}
