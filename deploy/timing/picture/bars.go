package picture

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"aiolos/deploy"
	"aiolos/deploy/graph/svg"
	"aiolos/deploy/timing"
)

func (p *picture) heading() {
	t := p.t
	p.y += title
	text(&p.body, margin, p.y, title, "start", ink, bold, t.Deployment+" "+summary(t))
	p.y += label * 1.8
	text(&p.body, margin, p.y, label, "start", faint, "", split(t))
	if t.Simulated {
		p.y += label * 1.5
		text(&p.body, margin, p.y, label, "start", ink, bold, deploy.SimulationNote)
	}
	p.y += between
}

// axis writes the time, in round numbers.
func (p *picture) axis() {
	p.y += label * 1.6
	step := round(p.most)
	for at := timing.Took(0); at <= p.most; at += step {
		text(&p.body, p.x(at), p.y, label-1, "middle", faint, "", moment(at))
	}
	p.y += between / 2
	p.top = p.y
}

// moment is a round time: 10 s, 1:30 min.
func moment(at timing.Took) string {
	if at < timing.Took(time.Minute) {
		return strconv.FormatFloat(at.Seconds(), 'f', -1, 64) + " s"
	}
	s := int(at.Seconds())
	return fmt.Sprintf("%d:%02d min", s/60, s%60)
}

// rules draw the lines of the axis over all that came since.
func (p *picture) rules() {
	for at := timing.Took(0); at <= p.most; at += round(p.most) {
		put(&p.under, `<line x1="%[1]v" x2="%[1]v" y1="%[2]v" y2="%[3]v" stroke="%[4]s"/>`, p.x(at), p.top, p.y, rule)
	}
}

// round is the distance of the axis's numbers, about ten of them.
func round(most timing.Took) timing.Took {
	const about = 10
	for unit := timing.Took(time.Millisecond); ; unit *= 10 {
		for _, times := range []timing.Took{1, 2, 5} {
			d := unit * times
			if d > timing.Took(time.Minute/2) {
				// Beyond, people count in minutes.
				d = max(d/timing.Took(50*time.Second), 1) * timing.Took(time.Minute)
			}
			if d*about >= most {
				return d
			}
		}
	}
}

// strips draw the critical path, and what it would be at the bound.
func (p *picture) strips() {
	p.y += between / 2
	p.tag("critical path", bold, strip)
	var run []timing.Stretch
	for i := range p.t.Path {
		leg := &p.t.Path[i]
		run = append(run, leg.Stretch)
		if i+1 < len(p.t.Path) && p.together(leg.Place, p.t.Path[i+1].Place) {
			continue
		}
		place := leg.Place
		if p.t.Path[i-len(run)+1].Place != place {
			place.Node = "" // several
		}
		p.bar(place, run, p.y, strip, true)
		run = nil
	}
	p.y += strip + between
	if len(p.t.BoundPath) == 0 {
		return
	}
	p.tag("at the bound", bold, strip)
	// A chain with turns in it may be longer than its sum; it ends at the bound.
	sum := timing.Took(0)
	for _, l := range p.t.BoundPath {
		sum += l.Took
	}
	at := p.t.Bound - sum
	for _, l := range p.t.BoundPath {
		from := max(at, 0)
		if at += l.Took; at > from {
			p.bar(l.Place, []timing.Stretch{{Kind: timing.Working, From: from, To: at}}, p.y, strip, false)
		}
	}
	p.y += strip + between
}

// together says that two parts of the critical path are one bar: with many nodes, a step
// may go from one to the next many times.
func (p *picture) together(a, b timing.Place) bool {
	return a == b || (p.folded() && a.Step == b.Step)
}

// tag names the line that begins here.
func (p *picture) tag(words, weight string, high float64) {
	text(&p.body, p.left-between, p.y+high/2+label*0.36, label, "end", ink, weight, shorten(words, mostTag, label, weight != ""))
}

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
