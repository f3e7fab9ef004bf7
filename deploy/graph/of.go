package graph

import (
	"fmt"
	"slices"
	"strings"

	"aiolos/deploy"
)

// given are facts that a provider knows of every node from the start. Nobody
// waits for them, so they have no mark, unless a group asks for them by name.
var given = []string{"address", "hostname", "id"}

// Of makes a graph of what a blueprint says.
func Of(o deploy.Outline) Graph {
	b := builder{outline: &o, steps: map[string]int{}, facts: map[[2]string]int{}}
	b.graph.Title, b.graph.Description = o.Name, o.Description
	for i := range o.Steps {
		s := &o.Steps[i]
		if _, twice := b.steps[s.Name]; !twice {
			b.steps[s.Name] = i
		}
		b.graph.Steps = append(b.graph.Steps, Step{
			ID: fmt.Sprintf("s%d", i), Name: s.Name, Action: actionWords(s), Groups: s.Groups, Notes: stepNotes(s),
		})
	}
	for i := range o.Steps {
		b.needs(i)
		b.refers(i)
	}
	for i := range o.Groups {
		g := &o.Groups[i]
		marked := func(fact string) bool { _, ok := b.facts[[2]string{g.Name, fact}]; return ok }
		b.graph.Groups = append(b.graph.Groups, Group{
			Name: g.Name, Lines: groupLines(g, slices.DeleteFunc(slices.Clone(g.Facts), marked)),
		})
	}
	return b.graph
}

type builder struct {
	outline *deploy.Outline
	graph   Graph
	// steps and facts tell positions by name, and by group and name.
	steps map[string]int
	facts map[[2]string]int
}

func (b *builder) needs(i int) {
	for _, need := range b.outline.Steps[i].Needs {
		from, known := b.steps[need.Step]
		if !known || from == i {
			continue
		}
		b.graph.Edges = append(b.graph.Edges, Edge{
			From: b.graph.Steps[from].ID, To: b.graph.Steps[i].ID, Kind: Needs, Label: needWords(need, &b.outline.Steps[from]),
		})
	}
}

// refers adds one arrow from each step and each mark that facts come from,
// however many facts they are.
func (b *builder) refers(i int) {
	var sources []string
	names := map[string][]string{}
	for _, ref := range b.outline.Steps[i].Refers {
		source, label := "", ""
		from, known := b.steps[ref.From]
		switch {
		case known && from == i:
			continue // of another node's: an arrow from a box to itself tells nothing
		case known:
			source, label = b.graph.Steps[from].ID, ref.Fact
		default:
			for _, group := range b.whose(i, ref) {
				if b.shown(group, ref.Fact) {
					sources = append(sources, b.fact(group, ref.Fact))
				}
			}
			continue
		}
		sources = append(sources, source)
		if label != "" && !slices.Contains(names[source], label) {
			names[source] = append(names[source], label)
		}
	}
	for _, source := range unique(sources) {
		b.graph.Edges = append(b.graph.Edges, Edge{
			From: source, To: b.graph.Steps[i].ID, Kind: Refers, Label: strings.Join(names[source], ", "),
		})
	}
}

// unique keeps the first of each.
func unique(texts []string) []string {
	var kept []string
	for _, text := range texts {
		if !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return kept
}

// whose returns the groups in whose frames a fact stands: its own; or those of
// the step that refers to it; or the first.
func (b *builder) whose(i int, ref deploy.OutlineRef) []string {
	known := func(name string) bool {
		return slices.ContainsFunc(b.outline.Groups, func(g deploy.OutlineGroup) bool { return g.Name == name })
	}
	if known(ref.Group) {
		return []string{ref.Group}
	}
	var groups []string
	for _, name := range b.outline.Steps[i].Groups {
		if known(name) {
			groups = append(groups, name)
		}
	}
	switch {
	case len(groups) > 0:
		return unique(groups)
	case len(b.outline.Groups) > 0:
		return []string{b.outline.Groups[0].Name}
	}
	return []string{""}
}

func (b *builder) shown(group, fact string) bool {
	return !slices.Contains(given, fact) || slices.ContainsFunc(b.outline.Groups, func(g deploy.OutlineGroup) bool {
		return g.Name == group && slices.Contains(g.Facts, fact)
	})
}

// fact returns the ID of the mark of a fact, which it makes at the first time.
func (b *builder) fact(group, name string) string {
	key := [2]string{group, name}
	at, known := b.facts[key]
	if !known {
		at = len(b.graph.Facts)
		b.facts[key] = at
		b.graph.Facts = append(b.graph.Facts, Fact{ID: fmt.Sprintf("f%d", at), Name: name, Group: group})
	}
	return b.graph.Facts[at].ID
}
