// Package svg draws a graph, as a picture that needs nothing but itself.
//
// Each group is a lane from top to bottom, in which its steps stand below what
// they wait for; what may run at once stands side by side. Arrows go around
// boxes, and labels have a place of their own, so nothing covers anything.
package svg

import (
	"fmt"
	"slices"
	"strings"

	"aiolos/deploy/graph"
)

// ink is the colour of text and lines.
const ink = "#17212b"

const (
	titleWidth       = 60 // characters
	descriptionWidth = 34 // characters; more where the lanes are wider
	mostLines        = 6
)

// Render draws a graph. The same graph gives the same bytes.
func Render(g graph.Graph) []byte {
	s := layOut(&g)
	legend := s.legend()
	for _, sample := range legend {
		s.width = max(s.width, sample.width()+2*margin)
	}
	heading := lines(graph.Wrap(g.Title, titleWidth, 2), titleSize, true)
	headingWide, _ := extent(heading)
	s.width = max(s.width, headingWide+2*margin)
	room := max(descriptionWidth, int((s.width-2*margin)/(noteSize+1)*1.75))
	heading = append(heading, lines(graph.Wrap(g.Description, room, mostLines), noteSize+1, false)...)
	wide, high := extent(heading)
	s.width = max(s.width, wide+2*margin)
	above := margin
	if len(heading) > 0 {
		above += high + headerPad
	}
	s.makeHeights(above)

	d := &drawing{}
	s.height = s.top + s.high + margin
	if len(legend) > 0 {
		s.height += legendHigh * float64(len(legend))
	}
	d.put(`<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%[2]s" viewBox="%[3]s 0 %[1]s %[2]s" role="img" aria-labelledby="graph-title graph-description" font-family="%[4]s">`,
		num(s.width), num(s.height), num(s.left), fonts)
	d.put(`<title id="graph-title">%s</title>`, escaped("Steps of "+g.Title))
	d.put(`<desc id="graph-description">%s</desc>`, escaped(describe(&g)))
	d.put(`<rect x="%s" width="%s" height="%s" fill="#ffffff"/>`, num(s.left), num(s.width), num(s.height))
	d.text(s.left+margin, margin, "start", ink, heading)
	for i := range s.lanes {
		d.lane(s, &s.lanes[i])
	}
	// Solid arrows lie above dashed ones, where they cross.
	for _, refers := range []bool{true, false} {
		for _, a := range s.arrows {
			if a.refers == refers {
				d.arrow(s.way(a), a.refers)
			}
		}
	}
	for _, a := range s.arrows {
		d.label(s, a)
	}
	for _, b := range s.boxes {
		d.box(b)
	}
	d.legend(s, legend, s.top+s.high+headerPad)
	d.put(`</svg>`)
	return []byte(d.b.String())
}

// describe tells in words what the picture shows.
func describe(g *graph.Graph) string {
	names := map[string]string{}
	for i := range g.Facts {
		names[g.Facts[i].ID] = "the fact " + g.Facts[i].Name
	}
	for i := range g.Steps {
		names[g.Steps[i].ID] = g.Steps[i].Name
	}
	var said []string
	if g.Description != "" {
		said = append(said, g.Description)
	}
	for i := range g.Groups {
		said = append(said, fmt.Sprintf("Group %s: %s.", g.Groups[i].Name, strings.Join(g.Groups[i].Lines, ", ")))
	}
	for i := range g.Steps {
		step := &g.Steps[i]
		words := []string{step.Action}
		if len(step.Groups) > 0 && !slices.ContainsFunc(step.Notes, func(n string) bool { return strings.HasPrefix(n, "on ") }) {
			words = append(words, "on "+strings.Join(step.Groups, " and "))
		}
		words = append(words, step.Notes...)
		if step.State != "" {
			words = append(words, string(step.State))
		}
		for _, e := range g.Edges {
			if e.To == step.ID {
				words = append(words, edgeWords(&e, names[e.From]))
			}
		}
		said = append(said, fmt.Sprintf("Step %s: %s.", step.Name, joined(words...)))
	}
	return strings.Join(said, " ")
}

func edgeWords(e *graph.Edge, from string) string {
	switch {
	case e.Kind == graph.Refers && e.Label != "":
		return "uses " + e.Label + " of " + from
	case e.Kind == graph.Refers:
		return "uses " + from
	case e.Label != "":
		return "after " + e.Label + " of " + from
	}
	return "after " + from
}
