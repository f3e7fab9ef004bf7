// Package picture draws where the time of an operation went, as an SVG that needs
// nothing but itself.
//
// On top is the critical path beside the same at the bound, so that their lengths can be
// compared. Below is a line for each node with its steps, or, where there are many nodes,
// for each step on how many of them it had begun and had ended. Steps have a number
// beside their colour, and what was no work is hatched, so that no colour means anything
// by itself.
package picture

import (
	"fmt"
	"strings"
	"time"

	"aiolos/deploy/graph/svg"
	"aiolos/deploy/timing"
)

// MostNodes is how many nodes have a line of their own; more are folded, step by step.
const MostNodes = 40

// Sizes are in pixels.
const (
	width   = 1120.0
	margin  = 24.0
	label   = 12.0 // text
	title   = 20.0 // text
	strip   = 26.0 // the critical path
	bar     = 18.0 // a step on a node
	band    = 58.0 // a step on many nodes
	between = 8.0
	mostTag = 210.0 // what stands left of a line
	spare   = 12.0
)

// Colours of text and lines.
const (
	ink   = "#17212b"
	faint = "#5c6874"
	rule  = "#d5dbe1"
)

// Draw draws a timing. The same one gives the same bytes.
func Draw(t *timing.Timing) []byte {
	p := &picture{t: t, numbers: map[string]int{}}
	for i := range t.Steps {
		p.numbers[t.Steps[i].Step] = i
	}
	p.left, p.right = margin+p.tags()+between, width-margin-spare
	p.most = max(t.Wall, t.Bound, timing.Took(time.Millisecond))
	p.y = margin
	p.heading()
	p.axis()
	p.strips()
	p.y += between
	if p.folded() {
		p.bands()
	} else {
		p.lines()
	}
	p.rules()
	p.y += between
	p.legend()
	return p.whole()
}

// picture is one that is being drawn, from top to bottom.
type picture struct {
	t       *timing.Timing
	numbers map[string]int
	// left and right bound the time, most is what right stands for.
	left, right float64
	most        timing.Took
	// y is how far down it has come; top is where the first line begins.
	y, top float64
	// under is drawn first, body after it, over on top.
	under, body, over strings.Builder
}

func (p *picture) folded() bool { return p.t.Nodes > MostNodes }

// x is where a moment is.
func (p *picture) x(at timing.Took) float64 {
	return p.left + (p.right-p.left)*float64(at)/float64(p.most)
}

// put writes an element.
func put(to *strings.Builder, format string, values ...any) {
	for i, v := range values {
		if x, ok := v.(float64); ok {
			values[i] = svg.Number(x)
		}
	}
	fmt.Fprintf(to, format+"\n", values...)
}

// text writes a line of text whose letters stand on y.
func text(to *strings.Builder, x, y, size float64, anchor, colour, weight, words string) {
	put(to, `<text x="%v" y="%v" font-size="%v" text-anchor="%s" fill="%s"%s>%s</text>`, x, y, size, anchor, colour, weight, svg.Escaped(words))
}

const bold = ` font-weight="bold"`

func (p *picture) whole() []byte {
	var all strings.Builder
	height := p.y + margin
	put(&all, `<svg xmlns="http://www.w3.org/2000/svg" width="%v" height="%[2]v" viewBox="0 0 %[1]v %[2]v" role="img" aria-labelledby="timing-title timing-description" font-family="%[3]s">`,
		width, height, svg.Fonts)
	put(&all, `<title id="timing-title">%s</title>`, svg.Escaped("Where the time of "+p.t.Deployment+" went"))
	put(&all, `<desc id="timing-description">%s</desc>`, svg.Escaped(describe(p.t)))
	all.WriteString(patterns())
	put(&all, `<rect width="%v" height="%v" fill="#ffffff"/>`, width, height)
	all.WriteString(p.under.String())
	all.WriteString(p.body.String())
	all.WriteString(p.over.String())
	put(&all, `</svg>`)
	return []byte(all.String())
}

// tags is how much room stands left of the lines.
func (p *picture) tags() float64 {
	wide := svg.Width("critical path", label, true)
	if p.folded() {
		for i := range p.t.Steps {
			wide = max(wide, svg.Width(p.numbered(p.t.Steps[i].Step), label, true), svg.Width(nodes(&p.t.Steps[i]), label-1, false))
		}
	} else {
		for i := range p.t.Spans {
			wide = max(wide, svg.Width(p.t.Spans[i].Node, label, false))
		}
	}
	return min(wide, mostTag)
}

func (p *picture) numbered(step string) string {
	if n, ok := p.numbers[step]; ok {
		return fmt.Sprintf("%d %s", n+1, step)
	}
	return step
}

// seconds is a duration as people read it.
func seconds(t timing.Took) string {
	d := time.Duration(t)
	const short = 10 * time.Second
	switch {
	case d < short:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	default:
		return d.Round(time.Second).String()
	}
}
