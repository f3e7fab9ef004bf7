package svg

import (
	"slices"

	"aiolos/deploy/graph"
)

const (
	boxPadX, boxPadY = 14.0, 9.0
	leastBox         = 120.0
	slotPad          = 9.0 // around the end of an arrow
	labelPad         = 5.0 // between an arrow and its label
)

// box is a step or the mark of a fact, wherever it stands.
type box struct {
	id, tooltip string
	text        []line
	look        graph.Look
	fact        bool
	// first and last are the lanes that it stands in, from left to right.
	first, last int
	// row counts from the top.
	row int
	// x is the middle, y the top.
	x, y, w, h float64
}

func (b *box) left() float64  { return b.x - b.w/2 }
func (b *box) right() float64 { return b.x + b.w/2 }
func (b *box) wide() bool     { return b.last > b.first }

// lane is the frame of a group, from the top of the picture to its bottom.
type lane struct {
	group       int // its position in the graph, or -1
	header      []line
	left, width float64
}

// arrow is an edge, with the way that it takes.
type arrow struct {
	from, to *box
	refers   bool
	label    []line
	// start and end are where it leaves from and comes to: below and above boxes.
	start, end float64
	// corridor is where it passes the rows between, or those that it goes back by.
	corridor float64
	passing  bool
	links    []*link
}

// labelWidth is how much room the label takes, to the right of the arrow.
func (a *arrow) labelWidth() float64 {
	if len(a.label) == 0 {
		return 0
	}
	w, _ := extent(a.label)
	return w + labelPad
}

// scene is everything that is drawn.
type scene struct {
	graph  *graph.Graph
	lanes  []lane
	boxes  []*box
	arrows []*arrow
	rows   []row
	// gaps are the spaces above each row, and one below the last.
	gaps []gap
	// top is where the lanes begin, high how tall they are, header how tall their titles.
	top, header, high float64
	width, height     float64
	left              float64
}

func newScene(g *graph.Graph) *scene {
	s := &scene{graph: g}
	order := laneOrder(g)
	place := make(map[int]int, len(order)) // of a group, its lane
	for at, group := range order {
		place[group] = at
		s.lanes = append(s.lanes, lane{group: group, header: slices.Concat(
			lines(g.Groups[group].NameLines(), nameSize+1, true), lines(g.Groups[group].NoteLines(), noteSize, false))})
	}
	if len(s.lanes) == 0 {
		s.lanes = []lane{{group: -1}}
	}
	boxes := map[string]*box{}
	for i := range g.Facts {
		f := &g.Facts[i]
		b := &box{id: f.ID, tooltip: "fact " + f.Name, text: lines(f.NameLines(), noteSize, false), look: graph.FactLook, fact: true}
		if group := slices.IndexFunc(g.Groups, func(group graph.Group) bool { return group.Name == f.Group }); group >= 0 {
			b.first, b.last = place[group], place[group]
		}
		s.add(b, boxes)
	}
	for i := range g.Steps {
		step := &g.Steps[i]
		b := &box{id: step.ID, tooltip: joined(append([]string{step.Name, step.Action}, step.Notes...)...), look: step.State.Look()}
		b.text = slices.Concat(lines(step.NameLines(), nameSize, true), lines(step.ActionLines(), noteSize, false), lines(step.NoteLines(), noteSize, false))
		if b.look.Mark != "" {
			b.text = append(b.text, line{text: b.look.Mark, size: noteSize, bold: true})
		}
		for n, group := range g.Across(step) {
			at := place[group]
			if n == 0 {
				b.first, b.last = at, at
			}
			b.first, b.last = min(b.first, at), max(b.last, at)
		}
		s.add(b, boxes)
	}
	for i := range g.Edges {
		e := &g.Edges[i]
		from, to := boxes[e.From], boxes[e.To]
		if from != nil && to != nil && from != to {
			s.arrows = append(s.arrows, &arrow{from: from, to: to, refers: e.Kind == graph.Refers, label: lines(e.LabelLines(), noteSize-1, false)})
		}
	}
	s.measureBoxes()
	return s
}

func (s *scene) add(b *box, known map[string]*box) {
	if known[b.id] == nil {
		known[b.id] = b
	}
	s.boxes = append(s.boxes, b)
}
