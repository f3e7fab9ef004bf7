package picture

import (
	"strings"

	"aiolos/deploy/timing"
)

// look is how a step appears. Text on fill has a contrast of at least 7:1.
type look struct{ fill, line string }

var looks = []look{
	{"#bcd9f7", "#0b5cad"}, {"#f9dfa8", "#8a5a00"}, {"#bfe6c8", "#1b7a3d"}, {"#dccdf3", "#5b3a9e"}, {"#f6c9c5", "#b3261e"},
	{"#b9e4e3", "#0d6b6b"}, {"#dbe8a8", "#55660a"}, {"#f3c6de", "#9c1f63"}, {"#e2d6c8", "#6b4e2e"}, {"#cfd8e2", "#3b4a5a"},
}

// lookOf is a step's; what is no step's is grey.
func (p *picture) lookOf(step string) look {
	if n, ok := p.numbers[step]; ok {
		return looks[n%len(looks)]
	}
	return look{"#eef1f4", faint}
}

// pattern is what lies over a stretch: nothing over work.
func pattern(kind timing.Kind) string {
	switch kind {
	case timing.Working:
		return ""
	case timing.Awaiting:
		return "url(#awaiting)"
	case timing.Again:
		return "url(#again)"
	case timing.Worker:
		return "url(#worker)"
	case timing.Held:
		return "url(#held)"
	default:
		return "url(#engine)"
	}
}

// patterns differ in form, all in one colour.
func patterns() string {
	var b strings.Builder
	put(&b, `<defs>`)
	for _, d := range []struct{ id, draw string }{
		{"awaiting", `<circle cx="3" cy="3" r="1.1" fill="` + ink + `"/>`},
		{"again", `<path d="M0,0L6,6M6,0L0,6" stroke="` + ink + `" stroke-width="0.9"/>`},
		{"worker", `<path d="M-1,1L1,-1M0,6L6,0M5,7L7,5" stroke="` + ink + `" stroke-width="1.2"/>`},
		{"held", `<path d="M0,3H6" stroke="` + ink + `" stroke-width="1.2"/>`},
		{"engine", `<path d="M3,0V6" stroke="` + ink + `" stroke-width="1.2"/>`},
	} {
		put(&b, `<pattern id="%s" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#ffffff" fill-opacity="0.55"/>%s</pattern>`, d.id, d.draw)
	}
	put(&b, `</defs>`)
	return b.String()
}
