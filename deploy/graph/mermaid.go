package graph

import (
	"fmt"
	"slices"
	"strings"
)

// Mermaid writes the graph as a flowchart in the language of Mermaid, which
// GitHub and others render in Markdown.
func Mermaid(g Graph) string {
	var b strings.Builder
	b.WriteString("flowchart TB\n")
	if title := clean(g.Title); title != "" {
		fmt.Fprintf(&b, "  accTitle: %s\n", mermaidText(title))
	}
	if description := clean(g.Description); description != "" {
		fmt.Fprintf(&b, "  accDescr: %s\n", mermaidText(description))
	}
	for i := range g.Groups {
		mermaidGroup(&b, &g, i)
	}
	for i := range g.Steps {
		if g.frame(&g.Steps[i]) < 0 {
			mermaidStep(&b, "  ", &g.Steps[i])
		}
	}
	for i := range g.Facts {
		if g.position(g.Facts[i].Group) < 0 {
			mermaidFact(&b, "  ", &g.Facts[i])
		}
	}
	for i := range g.Edges {
		mermaidEdge(&b, &g.Edges[i])
	}
	mermaidStyles(&b, &g)
	return b.String()
}

// mermaidGroup writes a frame. Mermaid has room for one line of title only, so
// that what there is to say about the machines stands in a note above the steps.
func mermaidGroup(b *strings.Builder, g *Graph, i int) {
	fmt.Fprintf(b, "  subgraph g%d[%s]\n", i, mermaidLabel(Wrap(g.Groups[i].Name, nameWidth, 1), nil))
	// Mermaid would turn a group that no arrow enters or leaves on its side.
	b.WriteString("    direction TB\n")
	fmt.Fprintf(b, "    n%d[%s]:::note\n", i, mermaidLabel(nil, g.Groups[i].NoteLines()))
	var inside []string
	for j := range g.Facts {
		if g.position(g.Facts[j].Group) == i {
			mermaidFact(b, "    ", &g.Facts[j])
			inside = append(inside, g.Facts[j].ID)
		}
	}
	for j := range g.Steps {
		if g.frame(&g.Steps[j]) == i {
			mermaidStep(b, "    ", &g.Steps[j])
			inside = append(inside, g.Steps[j].ID)
		}
	}
	topmost := slices.DeleteFunc(slices.Clone(inside), func(id string) bool {
		return slices.ContainsFunc(g.Edges, func(e Edge) bool { return e.To == id && slices.Contains(inside, e.From) })
	})
	if len(topmost) > 0 {
		fmt.Fprintf(b, "    n%d ~~~ %s\n", i, strings.Join(topmost, " & "))
	}
	b.WriteString("  end\n")
}

func mermaidStep(b *strings.Builder, indent string, s *Step) {
	look := s.State.Look()
	small := slices.Concat(s.ActionLines(), s.NoteLines())
	if look.Mark != "" {
		small = append(small, Wrap(look.Mark, nameWidth, 1)...)
	}
	fmt.Fprintf(b, "%s%s(%s):::%s\n", indent, s.ID, mermaidLabel(s.NameLines(), small), stateClass(s.State))
}

func mermaidFact(b *strings.Builder, indent string, f *Fact) {
	fmt.Fprintf(b, "%s%s([%s]):::fact\n", indent, f.ID, mermaidLabel(nil, f.NameLines()))
}

func mermaidEdge(b *strings.Builder, e *Edge) {
	arrow := "-->"
	if e.Kind == Refers {
		arrow = "-.->"
	}
	if lines := e.LabelLines(); len(lines) > 0 {
		arrow += "|" + mermaidLabel(nil, lines) + "|"
	}
	fmt.Fprintf(b, "  %s %s %s\n", e.From, arrow, e.To)
}

// stateClass names the style of a state. One that is not known has the plain one.
func stateClass(s State) string {
	if _, known := looks[s]; known {
		return string(s)
	}
	return "step"
}

// mermaidStyles defines the classes that occur, and the colours of the frames.
func mermaidStyles(b *strings.Builder, g *Graph) {
	var seen []string
	for i := range g.Steps {
		class := stateClass(g.Steps[i].State)
		if !slices.Contains(seen, class) {
			seen = append(seen, class)
			look := g.Steps[i].State.Look()
			width := "1px"
			if look.Heavy {
				width = "3px"
			}
			fmt.Fprintf(b, "  classDef %s fill:%s,stroke:%s,color:%s,stroke-width:%s\n", class, look.Fill, look.Line, look.Text, width)
		}
	}
	if len(g.Facts) > 0 {
		fmt.Fprintf(b, "  classDef fact fill:%s,stroke:%s,color:%s,stroke-dasharray:4 3\n", FactLook.Fill, FactLook.Line, FactLook.Text)
	}
	if len(g.Groups) > 0 {
		fmt.Fprintf(b, "  classDef note fill:none,stroke:none,color:%s\n", plain.Text)
	}
	for i := range g.Groups {
		look := FrameOf(i)
		fmt.Fprintf(b, "  style g%d fill:%s,stroke:%s,color:%s\n", i, look.Fill, look.Line, plain.Text)
	}
}
