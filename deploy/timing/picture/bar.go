package picture

import (
	"math"
	"strings"

	"aiolos/deploy/graph/svg"
	"aiolos/deploy/timing"
)

// bar draws a step, from the beginning of its first stretch to the end of its last.
func (p *picture) bar(place timing.Place, parts []timing.Stretch, y, high float64, critical bool) {
	from, to := p.x(parts[0].From), p.x(parts[len(parts)-1].To)
	const least = 1.2 // or nothing would be seen of it
	wide := max(to-from, least)
	l := p.lookOf(place.Step)
	put(&p.body, `<g><rect x="%v" y="%v" width="%v" height="%v" fill="%s"/>`, from, y, wide, high, l.fill)
	for _, part := range parts {
		x := p.x(part.From)
		hatch := pattern(part.Kind)
		if hatch == "" {
			hatch = l.fill
		}
		put(&p.body, `<rect x="%v" y="%v" width="%v" height="%v" fill="%s"><title>%s</title></rect>`, x, y, max(p.x(part.To)-x, 0.4), high, hatch, svg.Escaped(about(place, part)))
	}
	frame := l.line
	thick := 0.8
	if critical {
		frame, thick = ink, 2.2
	}
	put(&p.body, `<rect x="%v" y="%v" width="%v" height="%v" fill="none" stroke="%s" stroke-width="%v"/>`, from, y, wide, high, frame, thick)
	p.name(place.Step, parts, y, high)
	put(&p.body, `</g>`)
}

// name writes a step's name into the longest stretch of work of its bar, or its number
// where that is too short.
func (p *picture) name(step string, parts []timing.Stretch, y, high float64) {
	longest := timing.Stretch{}
	for _, part := range parts {
		if part.Kind.Work() && part.Took() > longest.Took() {
			longest = part
		}
	}
	room := p.x(longest.To) - p.x(longest.From) - 4
	number, _, _ := strings.Cut(p.numbered(step), " ")
	for _, words := range []string{p.numbered(step), number} {
		wide := svg.Width(words, label-1, false)
		if wide > room || words == "" {
			continue
		}
		middle := (p.x(longest.From) + p.x(longest.To)) / 2
		if longest.Kind == timing.Awaiting {
			put(&p.body, `<rect x="%v" y="%v" width="%v" height="%v" fill="#ffffff" fill-opacity="0.85"/>`, middle-wide/2-1, y+2, wide+2, high-4)
		}
		text(&p.body, middle, y+high/2+(label-1)*0.36, label-1, "middle", ink, "", words)
		return
	}
}

// shorten makes text fit.
func shorten(words string, room, size float64, heavy bool) string {
	for shorter := []rune(words); ; shorter = shorter[:len(shorter)-1] {
		made := string(shorter)
		if made != words {
			made += "…"
		}
		if len(shorter) <= 1 || math.Floor(svg.Width(made, size, heavy)) <= room {
			return made
		}
	}
}
