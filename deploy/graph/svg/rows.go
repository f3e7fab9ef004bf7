package svg

import "slices"

// row holds what stands at one height.
type row struct {
	boxes []*box
	y, h  float64
}

// gap is the space above a row, where arrows go across.
type gap struct {
	links []*link
	// tracks is how many arrows go across below each other.
	tracks int
	// label is how tall the labels are that stand in it.
	label float64
	y, h  float64
}

// makeRows puts each step one row below the lowest that it waits for, so that
// what may run at once stands side by side. Marks of facts stand right above
// the first step that refers to them.
func (s *scene) makeRows() {
	for i, b := range s.boxes {
		if b.fact {
			continue
		}
		for _, a := range s.into(b) {
			// Only arrows from a step further up in the order count: facts can go
			// round in circles among groups, whose nodes wait for each other.
			if j := slices.Index(s.boxes, a.from); !a.from.fact && j < i {
				b.row = max(b.row, a.from.row+1)
			}
		}
	}
	s.placeFacts()
	last := 0
	for _, b := range s.boxes {
		last = max(last, b.row)
	}
	byRow := make([][]*box, last+1)
	for _, b := range s.boxes {
		byRow[b.row] = append(byRow[b.row], b)
	}
	for _, boxes := range byRow {
		s.addRows(boxes)
	}
	for i := range s.rows {
		for _, b := range s.rows[i].boxes {
			b.row = i
			s.rows[i].h = max(s.rows[i].h, b.h)
		}
	}
	s.gaps = make([]gap, len(s.rows)+1)
}

func (s *scene) placeFacts() {
	down := 0
	for _, b := range s.boxes {
		if !b.fact {
			continue
		}
		first := -1
		for _, a := range s.outOf(b) {
			if first < 0 || a.to.row < first {
				first = a.to.row
			}
		}
		b.row = first - 1
		if b.row < 0 {
			down = 1
		}
	}
	for _, b := range s.boxes {
		b.row = max(0, b.row+down)
	}
}

// addRows adds what stands at one height; what stands across lanes has a row of
// its own where it would be in the way.
func (s *scene) addRows(boxes []*box) {
	var narrow, wide []*box
	arrows := 0 // that would have to go around what is wide, if it came after
	for _, b := range boxes {
		if b.wide() {
			wide = append(wide, b)
			continue
		}
		narrow = append(narrow, b)
		arrows += len(s.outOf(b)) - len(s.into(b))
	}
	if arrows > 0 {
		s.addRow(append(wide, narrow...))
	} else {
		s.addRow(append(narrow, wide...))
	}
}

// addRow adds a row of what comes first and whatever has room beside it, and
// further rows of the rest.
func (s *scene) addRow(boxes []*box) {
	var here, rest []*box
	for _, b := range boxes {
		if slices.ContainsFunc(here, func(o *box) bool {
			return (o.wide() || b.wide()) && o.first <= b.last && b.first <= o.last
		}) {
			rest = append(rest, b)
		} else {
			here = append(here, b)
		}
	}
	if len(here) > 0 {
		s.rows = append(s.rows, row{boxes: here})
		s.addRow(rest)
	}
}
