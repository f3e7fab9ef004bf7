package main

import (
	"fmt"
	"html"
	"strings"
	"time"
)

const (
	width  = 1200.0
	height = 16
	// narrow boxes are left out, in pixels; text needs so many for a letter.
	narrow = 20
	letter = 6.4
)

// colours tell whose code it is, by the beginning of a function's name.
var colours = []struct{ prefix, colour, who string }{
	{"aiolos/", "#e8743b", "Aiolos"},
	{"main.", "#e8743b", ""},
	{"golang.org/x/crypto/ssh", "#6c8893", "SSH"},
	{"go.temporal.io/", "#945ecf", "Temporal"},
	{"google.golang.org/", "#5899da", "gRPC and protobuf"},
	{"runtime.", "#bfbfbf", "Go's runtime"},
	{"", "#e6d690", "the rest"},
}

func colour(name string) string {
	for _, c := range colours {
		if strings.HasPrefix(name, c.prefix) {
			return c.colour
		}
	}
	return ""
}

// draw renders a tree as SVG, callers below what they call.
func draw(root *box) string {
	rows := depth(root, width)
	bottom := (rows + 1) * height
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" font-family="sans-serif" font-size="11">`+"\n", width, bottom+height)
	b.WriteString(`<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	x := 4.0
	for _, c := range colours {
		if c.who != "" {
			fmt.Fprintf(&b, `<rect x="%.0f" y="2" width="12" height="12" fill="%s"/><text x="%.0f" y="12">%s</text>`+"\n", x, c.colour, x+16, c.who)
			x += 30 + letter*float64(len(c.who))
		}
	}
	put(&b, root, root.spent, 0, bottom)
	b.WriteString("</svg>\n")
	return b.String()
}

// depth is how many rows a box of a width takes.
func depth(at *box, wide float64) int {
	rows := 0
	for _, c := range at.calls {
		if w := wide * float64(c.spent) / float64(at.spent); w >= narrow {
			rows = max(rows, depth(c, w))
		}
	}
	return rows + 1
}

func put(b *strings.Builder, at *box, all int64, x float64, y int) {
	wide := width * float64(at.spent) / float64(max(all, 1))
	if wide < narrow {
		return
	}
	fmt.Fprintf(b, `<g><title>%s: %v, %.1f %%</title><rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`,
		html.EscapeString(at.name), time.Duration(at.spent).Round(time.Millisecond), 100*float64(at.spent)/float64(max(all, 1)), x, y, wide-0.5, height-1, colour(at.name))
	if room := int(wide/letter) - 1; room > 3 {
		name := short(at.name)
		fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`, x+2, y+12, html.EscapeString(name[:min(len(name), room)]))
	}
	b.WriteString("</g>\n")
	for _, c := range at.sorted() {
		put(b, c, all, x, y-height)
		x += width * float64(c.spent) / float64(max(all, 1))
	}
}

// short is a function's name without the path of its package.
func short(name string) string {
	return name[strings.LastIndex(name, "/")+1:]
}
