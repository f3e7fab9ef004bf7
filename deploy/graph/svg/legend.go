package svg

import "aiolos/deploy/graph"

const (
	legendHigh  = 22.0
	sampleWidth = 34.0
)

// sample explains a kind of arrow.
type sample struct {
	refers bool
	words  line
}

func (m sample) width() float64 { return sampleWidth + 10 + m.words.width() }

// legend explains arrows, where what they mean cannot be guessed: solid ones
// alone, without labels, can.
func (s *scene) legend() []sample {
	needs, labelled, refers := false, false, false
	for _, a := range s.arrows {
		needs = needs || !a.refers
		labelled = labelled || (!a.refers && len(a.label) > 0)
		refers = refers || a.refers
	}
	var samples []sample
	switch {
	case labelled:
		samples = append(samples, sample{words: line{text: "needs it done before: on the same node, or on as many nodes as the arrow says", size: noteSize}})
	case needs && refers:
		samples = append(samples, sample{words: line{text: "needs it done before", size: noteSize}})
	}
	if refers {
		samples = append(samples, sample{refers: true, words: line{text: "waits for a fact that comes from there", size: noteSize}})
	}
	return samples
}

func (d *drawing) legend(s *scene, samples []sample, y float64) {
	x := s.left + margin
	for i, m := range samples {
		middle := y + legendHigh*(float64(i)+0.5)
		colour, dash := ink, ""
		if m.refers {
			colour, dash = graph.FactLook.Line, ` stroke-dasharray="6 4"`
		}
		d.put(`<path d="M%s %sh%s" stroke="%s" stroke-width="1.5"%s/>`, num(x), num(middle), num(sampleWidth-8), colour, dash)
		d.put(`<path d="M%s %sl-9 -4v8z" fill="%s"/>`, num(x+sampleWidth), num(middle), colour)
		d.text(x+sampleWidth+10, middle-noteSize*lineHeight/2, "start", ink, []line{m.words})
	}
}
