package picture

import (
	"fmt"
	"strconv"
	"time"

	"aiolos/deploy"
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
