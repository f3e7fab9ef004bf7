package svg

import (
	"math"
	"slices"

	"aiolos/deploy/graph"
)

const (
	stub      = 12.0 // from a box to the first track
	trackHigh = 11.0
	arrowHigh = 20.0
	quiet     = 6.0 // a gap without arrows
)

// makeHeights stacks what there is: title, titles of the lanes, gaps and rows.
func (s *scene) makeHeights(above float64) {
	for i := range s.lanes {
		_, h := extent(s.lanes[i].header)
		s.header = max(s.header, h+2*headerPad)
	}
	s.top = above
	y := s.top + s.header
	for i := range s.gaps {
		g := &s.gaps[i]
		g.y, g.h = y, quiet
		if len(g.links) > 0 {
			g.h = stub + trackHigh*float64(g.tracks) + g.label + arrowHigh
		}
		if i == len(s.rows) {
			g.h = max(lanePad, trackHigh*float64(g.tracks)+stub)
		}
		y += g.h
		if i < len(s.rows) {
			s.rows[i].y = y
			for _, b := range s.rows[i].boxes {
				if !b.fact {
					b.h = s.rows[i].h // boxes side by side are of one height
				}
				b.y = y + (s.rows[i].h-b.h)/2
			}
			y += s.rows[i].h
		}
	}
	s.high = y - s.top
}

// makeWidth shifts everything so that the leftmost is at the margin.
func (s *scene) makeWidth() {
	left, right := math.Inf(1), math.Inf(-1)
	for _, l := range s.lanes {
		left, right = min(left, l.left), max(right, l.left+l.width)
	}
	for _, b := range s.boxes {
		left, right = min(left, b.left()), max(right, b.right())
	}
	for _, a := range s.arrows {
		if a.passing {
			left, right = min(left, a.corridor), max(right, a.corridor)
		}
	}
	s.left, s.width = left-margin, right-left+2*margin
}

// layOut finds a place for everything but what stands above and below the lanes.
func layOut(g *graph.Graph) *scene {
	s := newScene(g)
	s.makeRows()
	s.makeColumns()
	s.makeEnds()
	s.moveFacts()
	s.makeCorridors()
	s.settleEnds()
	s.makeStarts()
	s.makeLinks()
	s.makeWidth()
	return s
}

type point struct{ x, y float64 }

// way returns the corners of an arrow.
func (s *scene) way(a *arrow) []point {
	trackY := func(gapAt int, l *link) float64 {
		g := &s.gaps[gapAt]
		return g.y + stub + trackHigh*float64(l.track)
	}
	points := []point{{a.start, a.from.y + a.from.h}}
	gapsAt := []int{a.from.row + 1, a.to.row}
	for i, l := range a.links {
		if l.straight() {
			continue
		}
		y := trackY(gapsAt[i], l)
		points = append(points, point{l.a, y}, point{l.b, y})
	}
	return slices.Compact(append(points, point{a.end, a.to.y}))
}
