package svg

import (
	"strings"

	"golang.org/x/text/width"
)

// fonts exist everywhere, one or another; sizes are in pixels.
const (
	fonts         = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
	titleSize     = 20.0
	nameSize      = 14.0
	noteSize      = 12.0
	lineHeight    = 1.35
	spareForFonts = 1.07 // a fallback font may be wider
)

// narrow and broad tell how wide a character is in thousandths of the font's
// size, in Helvetica and whatever is made to its measure.
var advances = func() map[rune]float64 {
	table := map[rune]float64{}
	for em, characters := range map[float64]string{
		191: "'", 222: "ijl", 260: "|", 278: " !,./:;I[\\]ft", 333: "()-`r", 334: "{}", 355: `"`, 389: "*", 469: "^",
		500: "Jckqsvxyz", 556: "#$0123456789?L_abdeghnopu", 584: "+<=>~", 611: "FTZ", 667: "&ABEKPSVXY", 722: "CDHNRUw",
		778: "GOQ", 833: "Mm", 889: "%", 944: "W", 1000: "…—", 1015: "@",
	} {
		for _, r := range characters {
			table[r] = em
		}
	}
	return table
}()

// measure returns how wide a line of text is, rather too much than too little.
func measure(text string, size float64, bold bool) float64 {
	sum := 0.0
	for _, r := range text {
		advance, known := advances[r]
		switch kind := width.LookupRune(r).Kind(); {
		case known:
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth || r >= 0x1f000:
			advance = 1050
		default:
			advance = 650
		}
		sum += advance
	}
	if bold {
		sum *= 1.08
	}
	return sum * size / 1000 * spareForFonts
}

// line is a line of text in a picture.
type line struct {
	text string
	size float64
	bold bool
}

func (l line) width() float64  { return measure(l.text, l.size, l.bold) }
func (l line) height() float64 { return l.size * lineHeight }

func lines(texts []string, size float64, bold bool) []line {
	made := make([]line, len(texts))
	for i, text := range texts {
		made[i] = line{text: text, size: size, bold: bold}
	}
	return made
}

// extent returns how much room lines take below each other.
func extent(all []line) (wide, high float64) {
	for _, l := range all {
		wide = max(wide, l.width())
		high += l.height()
	}
	return wide, high
}

// joined is for tooltips and descriptions.
func joined(parts ...string) string {
	var said []string
	for _, part := range parts {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, ", ")
}
