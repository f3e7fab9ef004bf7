package picture

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"aiolos/deploy"
	"aiolos/deploy/graph/svg"
	"aiolos/deploy/timing"
)

// bands draw for each step on how many of its nodes it had begun, was worked on and had
// ended, at every moment: hatched is where it waited, dark where it was worked on.
func (p *picture) bands() {
	spans := map[string][]timing.Span{}
	for _, s := range p.t.Spans {
		spans[s.Step] = append(spans[s.Step], s)
	}
	for i := range p.t.Steps {
		step := &p.t.Steps[i]
		p.band(step, spans[step.Step])
		p.y += band + between*1.5
	}
}

func (p *picture) band(step *timing.StepTiming, spans []timing.Span) {
	text(&p.body, p.left-between, p.y+band/2-2, label, "end", ink, bold, shorten(p.numbered(step.Step), mostTag, label, true))
	text(&p.body, p.left-between, p.y+band/2+label, label-1, "end", faint, "", nodes(step))
	var begun, worked, ended []timing.Took
	for i := range spans {
		begun = append(begun, spans[i].From())
		worked = append(worked, spans[i].To())
		if k := slices.IndexFunc(spans[i].Parts, func(s timing.Stretch) bool { return s.Kind.Work() }); k >= 0 {
			worked[i] = spans[i].Parts[k].From
		}
		if spans[i].State != deploy.StepRunning {
			ended = append(ended, spans[i].To())
		}
	}
	l := p.lookOf(step.Step)
	curve := func(times []timing.Took) string { return p.curve(times, len(spans)) }
	put(&p.body, `<g><title>%s</title>`, svg.Escaped(fmt.Sprintf("%s: from %s to %s", step.Step, seconds(step.From), seconds(step.To))))
	put(&p.body, `<rect x="%v" y="%v" width="%v" height="%v" fill="#f7f9fa" stroke="%s" stroke-width="0.6"/>`, p.left, p.y, p.right-p.left, band, rule)
	put(&p.body, `<path d="%s" fill="url(#worker)" stroke="%s" stroke-width="0.8"/>`, curve(begun), l.line)
	put(&p.body, `<path d="%s" fill="%s"/>`, curve(worked), l.line)
	put(&p.body, `<path d="%s" fill="%s" stroke="%s" stroke-width="0.8"/>`, curve(ended), l.fill, l.line)
	put(&p.body, `</g>`)
	p.criticalOf(spans)
	p.numbersOf(step)
}

// curve is the area below the part of the nodes that had got somewhere, at every moment.
func (p *picture) curve(times []timing.Took, nodes int) string {
	slices.Sort(times)
	var d strings.Builder
	bottom := p.y + band
	fmt.Fprintf(&d, "M%s,%s", svg.Number(p.left), svg.Number(bottom))
	last := bottom
	for i := 0; i < len(times); {
		// What falls on the same pixel is one step of the curve.
		x := math.Round(p.x(times[i]))
		for i < len(times) && math.Round(p.x(times[i])) == x {
			i++
		}
		y := bottom - band*float64(i)/float64(nodes)
		if svg.Number(y) != svg.Number(last) {
			fmt.Fprintf(&d, "H%sV%s", svg.Number(x), svg.Number(y))
			last = y
		}
	}
	fmt.Fprintf(&d, "H%sV%sZ", svg.Number(p.x(p.t.Wall)), svg.Number(bottom))
	return d.String()
}

// criticalOf draws a heavy line below a band where the critical path leads through it.
func (p *picture) criticalOf(spans []timing.Span) {
	for i := range spans {
		s := &spans[i]
		if !s.Critical {
			continue
		}
		from, to := p.x(s.From()), p.x(s.To())
		put(&p.over, `<rect x="%v" y="%v" width="%v" height="4" fill="%s"><title>%s</title></rect>`, from, p.y+band, max(to-from, 1.2), ink,
			svg.Escaped(fmt.Sprintf("critical: %s on %s, from %s to %s", s.Step, s.Node, seconds(s.From()), seconds(s.To()))))
	}
}

// numbersOf writes what a step took on its nodes, where the band leaves room.
func (p *picture) numbersOf(step *timing.StepTiming) {
	words := fmt.Sprintf("work %s, 95 %% within %s, most %s", seconds(step.Work.Median), seconds(step.Work.P95), seconds(step.Work.Most))
	if step.Nodes == 1 {
		words = "work " + seconds(step.Work.Most)
	}
	more := fmt.Sprintf("waits %s, 95 %% within %s, most %s", seconds(step.Waits.Median), seconds(step.Waits.P95), seconds(step.Waits.Most))
	if step.Nodes == 1 {
		more = "waits " + seconds(step.Waits.Most)
	}
	wide := max(svg.Width(words, label-1, false), svg.Width(more, label-1, false))
	x := p.x(step.To) + between
	if x+wide > p.right {
		// Left of it nobody had begun; if there is no room either, most had ended on the right.
		if x = p.x(step.From) - wide - between; x < p.left {
			x = p.right - wide - between
		}
	}
	for i, line := range []string{words, more} {
		y := p.y + band/2 - 2 + float64(i)*(label+2)
		put(&p.over, `<rect x="%v" y="%v" width="%v" height="%v" fill="#ffffff" fill-opacity="0.85"/>`, x-2, y-label+1, svg.Width(line, label-1, false)+4, label+2)
		text(&p.over, x, y, label-1, "start", ink, "", line)
	}
}
