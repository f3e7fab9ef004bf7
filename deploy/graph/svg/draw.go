package svg

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"aiolos/deploy/graph"
)

// drawing writes SVG.
type drawing struct{ b strings.Builder }

func (d *drawing) put(format string, values ...any) { fmt.Fprintf(&d.b, format+"\n", values...) }

// num writes a length with one decimal at most.
func num(x float64) string {
	return strconv.FormatFloat(math.Round(x*10)/10+0, 'f', -1, 64)
}

var marks = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// escaped makes text of one line that XML can carry.
func escaped(text string) string { return marks.Replace(strings.Join(graph.Wrap(text, 1<<20, 1), "")) }

// text writes lines below each other. anchor is start or middle.
func (d *drawing) text(x, y float64, anchor, colour string, all []line) {
	for _, l := range all {
		const ascent = 0.98 // from the top of a line to where its letters stand
		weight := ""
		if l.bold {
			weight = ` font-weight="bold"`
		}
		d.put(`<text x="%s" y="%s" text-anchor="%s" font-size="%s"%s fill="%s">%s</text>`,
			num(x), num(y+l.size*ascent), anchor, num(l.size), weight, colour, escaped(l.text))
		y += l.height()
	}
}

func (d *drawing) lane(s *scene, l *lane) {
	if l.group < 0 {
		return
	}
	look := graph.FrameOf(l.group)
	d.put(`<g><title>%s</title>`, escaped("group "+s.graph.Groups[l.group].Name))
	d.put(`<rect x="%s" y="%s" width="%s" height="%s" rx="10" fill="%s" stroke="%s" stroke-width="1.5"/>`,
		num(l.left), num(s.top), num(l.width), num(s.high), look.Fill, look.Line)
	d.text(l.left+lanePad, s.top+headerPad, "start", ink, l.header)
	d.put(`</g>`)
}

func (d *drawing) box(b *box) {
	radius, width, dash := 6.0, 1.3, ""
	if b.fact {
		radius, dash = b.h/2, ` stroke-dasharray="4 3"`
	}
	if b.look.Heavy {
		width = 3
	}
	d.put(`<g><title>%s</title>`, escaped(b.tooltip))
	d.put(`<rect x="%s" y="%s" width="%s" height="%s" rx="%s" fill="%s" stroke="%s" stroke-width="%s"%s/>`,
		num(b.left()), num(b.y), num(b.w), num(b.h), num(radius), b.look.Fill, b.look.Line, num(width), dash)
	_, h := extent(b.text)
	d.text(b.x, b.y+(b.h-h)/2, "middle", b.look.Text, b.text)
	d.put(`</g>`)
}

// arrow draws a line with rounded corners, and its head.
func (d *drawing) arrow(points []point, refers bool) {
	colour, dash := ink, ""
	if refers {
		colour, dash = graph.FactLook.Line, ` stroke-dasharray="6 4"`
	}
	tip := points[len(points)-1]
	const headHigh, headWide, corner = 9.0, 4.0, 6.0
	var path strings.Builder
	fmt.Fprintf(&path, "M%s %s", num(points[0].x), num(points[0].y))
	for i := 1; i < len(points)-1; i++ {
		before, at, after := points[i-1], points[i], points[i+1]
		in, out := toward(at, before, corner), toward(at, after, corner)
		fmt.Fprintf(&path, "L%s %sQ%s %s %s %s", num(in.x), num(in.y), num(at.x), num(at.y), num(out.x), num(out.y))
	}
	fmt.Fprintf(&path, "L%s %s", num(tip.x), num(tip.y-headHigh+1))
	d.put(`<path d="%s" fill="none" stroke="%s" stroke-width="1.5"%s/>`, path.String(), colour, dash)
	d.put(`<path d="M%s %sl-%s -%sh%sz" fill="%s"/>`, num(tip.x), num(tip.y), num(headWide), num(headHigh), num(2*headWide), colour)
}

// label writes what an arrow says to its right, above its head. A border that it
// lies on is interrupted.
func (d *drawing) label(s *scene, a *arrow) {
	if len(a.label) == 0 {
		return
	}
	colour, around := ink, "#ffffff"
	if a.refers {
		colour = graph.FactLook.Text
	}
	for _, l := range s.lanes {
		if l.group >= 0 && a.end >= l.left && a.end <= l.left+l.width {
			around = graph.FrameOf(l.group).Fill
		}
	}
	_, h := extent(a.label)
	d.put(`<g stroke="%s" stroke-width="4" stroke-linejoin="round" paint-order="stroke">`, around)
	d.text(a.end+labelPad, a.to.y-arrowHigh/2-h-1, "start", colour, a.label)
	d.put(`</g>`)
}

// toward is a point a little way, at most half, from one to another.
func toward(from, to point, far float64) point {
	length := math.Hypot(to.x-from.x, to.y-from.y)
	if length == 0 {
		return from
	}
	part := min(far/length, 0.5)
	return point{from.x + (to.x-from.x)*part, from.y + (to.y-from.y)*part}
}
