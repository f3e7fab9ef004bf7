package svg

import "math"

const (
	apart     = 28.0 // between boxes side by side
	lanePad   = 22.0
	gutter    = 34.0
	margin    = 24.0
	headerPad = 12.0
)

// makeColumns finds a place from left to right for each box: below what it
// waits for, in order not to bend arrows.
func (s *scene) makeColumns() {
	for at := range s.lanes {
		const sweeps = 8
		for n := range sweeps {
			s.sweep(at, n)
		}
	}
	s.widenLanes()
	x := margin
	for at := range s.lanes {
		l := &s.lanes[at]
		l.left = x
		least, most := s.spanned(at)
		shift := x + l.width/2 - (least+most)/2
		for _, b := range s.boxes {
			if !b.wide() && b.first == at {
				b.x = math.Round(b.x + shift)
			}
		}
		x += l.width + gutter
	}
	for _, b := range s.boxes {
		if b.wide() {
			left, right := s.lanes[b.first].left+lanePad, s.lanes[b.last].left+s.lanes[b.last].width-lanePad
			b.x, b.w = (left+right)/2, right-left
		}
	}
}

// spanned tells how far the boxes of a lane reach to the left and right.
func (s *scene) spanned(at int) (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, b := range s.boxes {
		if !b.wide() && b.first == at {
			least, most = min(least, b.left()), max(most, b.right())
		}
	}
	if least > most {
		return 0, 0
	}
	return least, most
}

// widenLanes makes lanes as wide as their titles and what stands in them and
// across them.
func (s *scene) widenLanes() {
	for at := range s.lanes {
		least, most := s.spanned(at)
		header, _ := extent(s.lanes[at].header)
		s.lanes[at].width = math.Ceil(max(most-least, header, leastBox) + 2*lanePad + 1)
	}
	for _, b := range s.boxes {
		if !b.wide() {
			continue
		}
		lanes := s.lanes[b.first : b.last+1]
		lacking := b.w + 2*lanePad - gutter*float64(len(lanes)-1)
		for _, l := range lanes {
			lacking -= l.width
		}
		for i := range lanes {
			lanes[i].width += math.Ceil(max(0, lacking) / float64(len(lanes)))
		}
	}
}
