package graph

import (
	"fmt"
	"regexp"
	"strings"

	"aiolos/deploy"
)

// actions say what an action does in as few words as a box has room for. One
// that is not listed is shown by its name, so a new action needs no line here.
var actions = map[string]string{
	"run":            "run a script",
	"puppet":         "apply Puppet",
	"await":          "wait for a signal or a fact",
	"approve":        "wait for a person's approval",
	"gluster_pool":   "form the Gluster pool",
	"gluster_volume": "create the Gluster volume",
	"gluster_verify": "verify the Gluster volume",
}

func actionWords(s *deploy.OutlineStep) string {
	if s.Action == "await" && len(s.Produces) > 0 {
		return "wait for " + strings.Join(s.Produces, ", ")
	}
	if words, ok := actions[s.Action]; ok {
		return words
	}
	return strings.ReplaceAll(s.Action, "_", " ")
}

// expression takes ${…} off a text that is one expression, and the backquotes
// off names with dots in them.
func expression(text string) string {
	inner, opened := strings.CutPrefix(strings.TrimSpace(text), "${")
	inner, closed := strings.CutSuffix(inner, "}")
	if !opened || !closed || strings.Contains(inner, "${") {
		return text
	}
	return strings.ReplaceAll(strings.TrimSpace(inner), "`", "")
}

// groupLines say which machines a group has. Facts that have a mark of their
// own are not among shown.
func groupLines(g *deploy.OutlineGroup, facts []string) []string {
	count := expression(g.Count)
	if strings.Contains(count, " ") {
		count = "(" + count + ")"
	}
	var lines []string
	switch {
	case g.Profile != "":
		lines = append(lines, count+" × "+expression(g.Profile))
	case count == "1":
		lines = append(lines, "1 node")
	default:
		lines = append(lines, count+" nodes")
	}
	if g.Image != "" {
		lines = append(lines, "image "+expression(g.Image))
	}
	switch {
	case g.Disks == 1:
		lines = append(lines, "1 disk each")
	case g.Disks > 1:
		lines = append(lines, fmt.Sprintf("%d disks each", g.Disks))
	}
	if len(facts) > 0 {
		lines = append(lines, "facts: "+strings.Join(facts, ", "))
	}
	return lines
}

func stepNotes(s *deploy.OutlineStep) []string {
	var notes []string
	if s.On != "" && (!s.Whole || len(s.Groups) != 1) {
		notes = append(notes, "on "+onWords(s.On))
	}
	if s.Parallel != "" {
		notes = append(notes, expression(s.Parallel)+" at a time")
	}
	if s.When != "" {
		notes = append(notes, "when "+expression(s.When))
	}
	return notes
}

// onWords takes the brackets off a list of places.
func onWords(on string) string {
	on = expression(on)
	if strings.HasPrefix(on, "[") && strings.HasSuffix(on, "]") {
		return on[1 : len(on)-1]
	}
	return on
}

var (
	oneNode = regexp.MustCompile(`^[^\[\]{},]+\[\d+\]$`)
	number  = regexp.MustCompile(`^\d+$`)
)

// needWords label the arrow from a step that is needed. Where both run node by
// node, or where there is but one node to wait for, there is nothing to say.
func needWords(need deploy.OutlineNeed, needed *deploy.OutlineStep) string {
	of := strings.TrimSpace(need.Of)
	switch {
	case of == "own", of == "", oneNode.MatchString(needed.On):
		return ""
	case of == "all", of == "any":
		return of
	case number.MatchString(of):
		return "any " + of
	}
	return "any " + expression(of)
}
