package svg

import (
	"cmp"
	"slices"
)

const (
	between   = 16.0 // arrows that leave a box side by side
	cornerPad = 6.0  // from a box's corner to where an arrow may leave
)

// makeEnds finds where each arrow comes to its box, so that labels stand side
// by side, and straight below where it comes from if that can be.
func (s *scene) makeEnds() {
	for _, b := range s.boxes {
		incoming := s.into(b)
		wanted := map[*arrow]float64{}
		for _, a := range incoming {
			wanted[a] = meet(a.from, b)
		}
		slices.SortStableFunc(incoming, func(a, c *arrow) int {
			return cmp.Or(cmp.Compare(wanted[a], wanted[c]), cmp.Compare(a.from.x, c.from.x))
		})
		b.setEnds(incoming, func(a *arrow) float64 { return wanted[a] })
	}
}

// settleEnds moves the ends of arrows a little, so that they need not bend.
func (s *scene) settleEnds() {
	for _, b := range s.boxes {
		incoming := s.into(b)
		slices.SortStableFunc(incoming, func(a, c *arrow) int { return cmp.Compare(a.end, c.end) })
		b.setEnds(incoming, func(a *arrow) float64 {
			left, right := a.from.left()+slotPad, a.from.right()-slotPad
			switch {
			case a.passing && a.corridor > b.left() && a.corridor < b.right():
				return a.corridor
			case !a.passing && left < b.right() && right > b.left():
				return max(left, min(a.end, right))
			}
			return a.end
		})
	}
}

// setEnds places the ends of arrows in their order, near where they are wanted.
func (b *box) setEnds(incoming []*arrow, wanted func(*arrow) float64) {
	items := make([]item, len(incoming))
	for i, a := range incoming {
		items[i] = item{wanted: wanted(a), weight: 100, before: slotPad, after: slotPad + a.labelWidth()}
		if a.refers {
			items[i].weight = 1 // what is needed stays straight
		}
	}
	if len(items) == 0 {
		return
	}
	left := b.left() + slotPad
	for i, x := range spreadWithin(items, left, max(left, b.right()-items[len(items)-1].after)) {
		incoming[i].end = x
	}
}

// moveFacts brings the mark of a fact as near above where its arrow comes to a
// box as what stands beside it lets it.
func (s *scene) moveFacts() {
	for _, b := range s.boxes {
		outgoing := s.outOf(b)
		if !b.fact || len(outgoing) != 1 || outgoing[0].to.row != b.row+1 || outgoing[0].to.first != b.first {
			continue
		}
		lane := s.lanes[b.first]
		left, right := lane.left+lanePad+b.w/2, lane.left+lane.width-lanePad-b.w/2
		for _, other := range s.rows[b.row].boxes {
			switch {
			case other == b || other.first > b.first || other.last < b.first:
			case other.x < b.x:
				left = max(left, other.right()+apart+b.w/2)
			default:
				right = min(right, other.left()-apart-b.w/2)
			}
		}
		if left <= right {
			b.x = max(left, min(outgoing[0].end, right))
		}
	}
}

// meet is where an arrow from one box would best come to another.
func meet(from, to *box) float64 {
	narrow, broad := to, from
	if from.w < to.w {
		narrow, broad = from, to
	}
	left, right := max(from.left(), to.left())+slotPad, min(from.right(), to.right())-slotPad
	switch {
	case narrow.x > broad.left()+slotPad && narrow.x < broad.right()-slotPad:
		return narrow.x
	case left < right:
		return (left + right) / 2
	case to.wide():
		return max(to.left()+slotPad, min(from.x, to.right()-slotPad))
	}
	return max(to.x-to.w/4, min(from.x, to.x+to.w/4))
}

// makeStarts finds where each arrow leaves its box: straight above where it goes.
func (s *scene) makeStarts() {
	for _, b := range s.boxes {
		outgoing := s.outOf(b)
		goes := func(a *arrow) float64 {
			if a.passing {
				return a.corridor
			}
			return a.end
		}
		slices.SortStableFunc(outgoing, func(a, c *arrow) int { return cmp.Compare(goes(a), goes(c)) })
		items := make([]item, len(outgoing))
		for i, a := range outgoing {
			x := goes(a)
			items[i] = item{wanted: x, weight: 1000, before: between / 2, after: between / 2}
			if x < b.left()+cornerPad || x > b.right()-cornerPad {
				// It cannot go straight, so it gives way to those that do.
				near := min(b.w/4, 3*between)
				items[i].wanted, items[i].weight = max(b.x-near, min(x, b.x+near)), 1
			}
		}
		for i, x := range spreadWithin(items, b.left()+cornerPad, b.right()-cornerPad) {
			outgoing[i].start = x
		}
	}
}
