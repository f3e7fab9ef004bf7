package svg

// measureBoxes makes each box as large as its text, and wide enough for the
// labels of the arrows that come to it to stand side by side.
func (s *scene) measureBoxes() {
	for _, b := range s.boxes {
		w, h := extent(b.text)
		b.w, b.h = w+2*boxPadX, h+2*boxPadY
		if b.fact {
			b.h -= boxPadY
			continue
		}
		slots := 0.0
		incoming := s.into(b)
		for _, a := range incoming {
			slots += a.labelWidth() + 2*slotPad
		}
		if len(incoming) == 1 {
			slots *= 2 // its arrow comes to the middle
		}
		b.w = max(b.w, leastBox, slots+2*between)
	}
}

func (s *scene) into(b *box) (incoming []*arrow) {
	for _, a := range s.arrows {
		if a.to == b {
			incoming = append(incoming, a)
		}
	}
	return incoming
}

func (s *scene) outOf(b *box) (outgoing []*arrow) {
	for _, a := range s.arrows {
		if a.from == b {
			outgoing = append(outgoing, a)
		}
	}
	return outgoing
}
