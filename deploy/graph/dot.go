package graph

import (
	"fmt"
	"slices"
	"strings"
)

// font is one whose measures Graphviz knows even where it is not installed. Of a
// list of fonts, it would not.
const font = "Helvetica"

// DOT writes the graph in the language of Graphviz.
func DOT(g Graph) string {
	var b strings.Builder
	b.WriteString("digraph {\n")
	fmt.Fprintf(&b, "  graph [newrank=true, nodesep=0.4, ranksep=0.5, labelloc=t, fontname=%q, fontsize=18, tooltip=%s, label=<%s>];\n",
		font, dotQuoted(g.Title), dotTitle(&g))
	fmt.Fprintf(&b, "  node [shape=box, style=\"rounded,filled\", fontname=%q, fontsize=13, margin=\"0.16,0.09\"];\n", font)
	fmt.Fprintf(&b, "  edge [fontname=%q, fontsize=11, color=%q, fontcolor=%[2]q, arrowsize=0.8];\n", font, plain.Line)
	for i := range g.Groups {
		dotGroup(&b, &g, i)
	}
	for i := range g.Steps {
		if g.frame(&g.Steps[i]) < 0 {
			dotStep(&b, "  ", &g.Steps[i])
		}
	}
	for i := range g.Facts {
		if g.position(g.Facts[i].Group) < 0 {
			dotFact(&b, "  ", &g.Facts[i])
		}
	}
	for i := range g.Edges {
		dotEdge(&b, &g.Edges[i])
	}
	b.WriteString("}\n")
	return b.String()
}

// position returns where the group of that name stands, or -1.
func (g *Graph) position(name string) int {
	return slices.IndexFunc(g.Groups, func(group Group) bool { return group.Name == name })
}

// frame returns the position of the only frame that a step stands in, or -1.
func (g *Graph) frame(s *Step) int {
	if len(s.Groups) != 1 {
		return -1
	}
	return g.position(s.Groups[0])
}

func dotGroup(b *strings.Builder, g *Graph, i int) {
	look := FrameOf(i)
	fmt.Fprintf(b, "  subgraph cluster_g%d {\n", i)
	fmt.Fprintf(b, "    graph [style=\"rounded,filled\", fillcolor=%q, color=%q, fontsize=13, labeljust=l, margin=14, tooltip=%s, label=<%s>];\n",
		look.Fill, look.Line, dotQuoted(g.Groups[i].Name), dotLabel(g.Groups[i].NameLines(), g.Groups[i].NoteLines(), `<br align="left"/>`))
	empty := true
	for j := range g.Steps {
		if g.frame(&g.Steps[j]) == i {
			dotStep(b, "    ", &g.Steps[j])
			empty = false
		}
	}
	for j := range g.Facts {
		if g.Facts[j].Group == g.Groups[i].Name && g.position(g.Facts[j].Group) == i {
			dotFact(b, "    ", &g.Facts[j])
			empty = false
		}
	}
	if empty {
		fmt.Fprintf(b, "    g%d [shape=plaintext, style=\"\", fontsize=11, label=\"no step of its own\"];\n", i)
	}
	b.WriteString("  }\n")
}

func dotStep(b *strings.Builder, indent string, s *Step) {
	look := s.State.Look()
	small := slices.Concat(s.ActionLines(), s.NoteLines())
	if look.Mark != "" {
		small = append(small, Wrap(look.Mark, nameWidth, 1)...)
	}
	width := 1
	if look.Heavy {
		width = 2
	}
	fmt.Fprintf(b, "%s%s [fillcolor=%q, color=%q, fontcolor=%q, penwidth=%d, tooltip=%s, label=<%s>];\n", indent, s.ID,
		look.Fill, look.Line, look.Text, width, dotQuoted(s.Name), dotLabel(s.NameLines(), small, "<br/>"))
}

func dotFact(b *strings.Builder, indent string, f *Fact) {
	fmt.Fprintf(b, "%s%s [shape=ellipse, style=\"filled,dashed\", fillcolor=%q, color=%q, fontcolor=%q, fontsize=11, margin=\"0.05,0.03\", tooltip=%s, label=<%s>];\n",
		indent, f.ID, FactLook.Fill, FactLook.Line, FactLook.Text, dotQuoted("fact "+f.Name), dotMarkup(f.NameLines(), "<br/>"))
}

func dotEdge(b *strings.Builder, e *Edge) {
	var attributes []string
	if e.Kind == Refers {
		attributes = append(attributes, "style=dashed", fmt.Sprintf("color=%q, fontcolor=%[1]q", FactLook.Line))
	}
	if lines := e.LabelLines(); len(lines) > 0 {
		attributes = append(attributes, fmt.Sprintf("label=<%s>", dotMarkup(lines, "<br/>")))
	}
	fmt.Fprintf(b, "  %s -> %s", e.From, e.To)
	if len(attributes) > 0 {
		fmt.Fprintf(b, " [%s]", strings.Join(attributes, ", "))
	}
	b.WriteString(";\n")
}
