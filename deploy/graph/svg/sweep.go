package svg

import (
	"cmp"
	"slices"
)

// sweep moves the boxes of a lane below those that they wait for, or above
// those that wait for them, or both.
func (s *scene) sweep(at, n int) {
	for i := range s.rows {
		r := i
		if n%2 == 1 {
			r = len(s.rows) - 1 - i
		}
		var boxes []*box
		for _, b := range s.rows[r].boxes {
			if b.first == at && !b.wide() {
				boxes = append(boxes, b)
			}
		}
		wanted := map[*box]float64{}
		for _, b := range boxes {
			wanted[b] = s.wanted(b, n)
		}
		if n < 6 {
			slices.SortStableFunc(boxes, func(a, b *box) int {
				return cmp.Compare(wanted[a]+s.pull(a), wanted[b]+s.pull(b))
			})
		} else {
			slices.SortStableFunc(boxes, func(a, b *box) int { return cmp.Compare(a.x, b.x) })
		}
		items := make([]item, len(boxes))
		for i, b := range boxes {
			weight := 1000.0
			if b.fact {
				weight = 1 // steps stand below each other, facts beside them
			}
			items[i] = item{wanted: wanted[b], weight: weight, before: b.w/2 + apart/2, after: b.w/2 + apart/2}
		}
		for i, x := range spread(items) {
			boxes[i].x = x
		}
	}
}

// wanted is where a box would stand best: at the mean of its neighbours.
func (s *scene) wanted(b *box, n int) float64 {
	sum, weights := 0.0, 0.0
	for _, a := range s.arrows {
		var other *box
		switch {
		case a.to == b && (n%2 == 0 || n >= 6):
			other = a.from
		case a.from == b && (n%2 == 1 || n >= 6):
			other = a.to
		}
		if other == nil || other.wide() || other.first != b.first {
			continue
		}
		weight := 1.0
		if !a.refers {
			weight = 4
		}
		if other.fact {
			weight = 0.001
		}
		sum, weights = sum+weight*other.x, weights+weight
	}
	if weights == 0 {
		return b.x
	}
	return sum / weights
}

// pull draws a box to the side where its neighbours in other lanes are.
func (s *scene) pull(b *box) float64 {
	const little = 30
	sum := 0
	for _, a := range s.arrows {
		switch b {
		case a.to:
			sum += sign(a.from.first - b.first)
		case a.from:
			sum += sign(a.to.first - b.first)
		}
	}
	return float64(sign(sum) * little)
}

func sign(n int) int { return cmp.Compare(n, 0) }
