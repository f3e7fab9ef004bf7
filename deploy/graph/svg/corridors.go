package svg

import (
	"cmp"
	"math"
	"slices"
)

// stretch is a part of a row, from left to right.
type stretch struct{ left, right float64 }

// makeCorridors finds a way past the rows between for each arrow that does not
// lead to the next row. There always is one: beside everything.
func (s *scene) makeCorridors() {
	const beside = 13.0
	all := make([][]stretch, len(s.rows)) // what is taken, of each row
	for i := range s.rows {
		for _, b := range s.rows[i].boxes {
			all[i] = append(all[i], stretch{b.left() - beside, b.right() + beside})
		}
		for _, l := range s.lanes {
			const line = 7.0
			all[i] = append(all[i], stretch{l.left - line, l.left + line}, stretch{l.left + l.width - line, l.left + l.width + line})
		}
	}
	for _, a := range s.arrows {
		first, last := a.from.row+1, a.to.row-1
		if a.to.row <= a.from.row { // it goes back up
			first, last = a.to.row, a.from.row
		}
		if first > last {
			continue
		}
		a.passing = true
		a.corridor = s.corridor(a, first, last, all)
		for r := first; r <= last; r++ {
			all[r] = append(all[r], stretch{a.corridor - beside, a.corridor + beside})
		}
	}
}

// corridor is the free place with the shortest way and the fewest bends.
func (s *scene) corridor(a *arrow, first, last int, all [][]stretch) float64 {
	left, right := a.from.left()+slotPad, a.from.right()-slotPad
	const bend = 40
	cost := func(x float64) float64 {
		sum := math.Abs(x-a.end) + math.Abs(x-max(left, min(a.end, right)))
		if math.Abs(x-a.end) > 0.5 {
			sum += bend
		}
		if x < left || x > right {
			sum += bend
		}
		return sum
	}
	best, least := 0.0, math.Inf(1)
	for _, f := range free(slices.Concat(all[first : last+1]...)) {
		// Within a free stretch, one of these is the best.
		for _, x := range []float64{a.end, a.from.x, left, right, f.left, f.right} {
			if x := max(f.left, min(x, f.right)); cost(x) < least {
				best, least = x, cost(x)
			}
		}
	}
	return best
}

// free returns what lies between stretches, from a far left to a far right.
func free(stretches []stretch) []stretch {
	const far = 1e6
	slices.SortFunc(stretches, func(a, b stretch) int { return cmp.Compare(a.left, b.left) })
	var between []stretch
	end := -far
	for _, t := range stretches {
		if t.left > end {
			between = append(between, stretch{end, t.left})
		}
		end = max(end, t.right)
	}
	return append(between, stretch{end, far})
}
