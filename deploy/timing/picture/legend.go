package picture

import (
	"fmt"

	"aiolos/deploy/graph/svg"
	"aiolos/deploy/timing"
)

// legend says what everything means, as many samples in a row as there is room for.
func (p *picture) legend() {
	p.y += label
	x := margin
	sample := func(draw func(x, y float64), words string) {
		const swatch = 26.0
		wide := swatch + 6 + svg.Width(words, label, false) + 18
		if x+wide > width-margin && x > margin {
			x = margin
			p.y += label * 1.9
		}
		draw(x, p.y-label+1)
		text(&p.body, x+swatch+6, p.y, label, "start", ink, "", words)
		x += wide
	}
	for i := range p.t.Steps {
		name := p.t.Steps[i].Step
		l := p.lookOf(name)
		sample(func(x, y float64) {
			put(&p.body, `<rect x="%v" y="%v" width="26" height="13" fill="%s" stroke="%s" stroke-width="0.8"/>`, x, y, l.fill, l.line)
			text(&p.body, x+13, y+10.5, label-2, "middle", ink, "", fmt.Sprint(i+1))
		}, name)
	}
	x = margin
	p.y += label * 1.9
	for _, kind := range timing.Kinds() {
		fill := pattern(kind)
		if fill == "" {
			fill = "#ffffff"
		}
		sample(func(x, y float64) {
			put(&p.body, `<rect x="%v" y="%v" width="26" height="13" fill="%s" stroke="%s" stroke-width="0.8"/>`, x, y, fill, faint)
		}, kinds[kind])
	}
	if !p.folded() {
		sample(func(x, y float64) {
			put(&p.body, `<rect x="%v" y="%v" width="24" height="11" fill="#ffffff" stroke="%s" stroke-width="2.2"/>`, x+1, y+1, ink)
		}, "on the critical path")
		return
	}
	sample(func(x, y float64) {
		put(&p.body, `<rect x="%v" y="%v" width="26" height="4" fill="%s"/>`, x, y+6, ink)
	}, "on the critical path")
	x = margin
	p.y += label * 1.9
	l := looks[0]
	for _, area := range []struct{ fill, words string }{
		{l.fill, "nodes on which the step had ended"}, {l.line, "was worked on"}, {"url(#worker)", "waited"}, {"#f7f9fa", "had not begun"},
	} {
		sample(func(x, y float64) {
			put(&p.body, `<rect x="%v" y="%v" width="26" height="13" fill="%s" stroke="%s" stroke-width="0.8"/>`, x, y, area.fill, l.line)
		}, area.words)
	}
}
