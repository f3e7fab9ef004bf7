package view

import (
	"fmt"
	"io"
	"strings"
)

// Screen draws lines on a terminal over those that it drew before. It neither
// hides the cursor nor changes any other setting, so however it ends, the
// terminal is as it was, with the last drawing on it.
type Screen struct {
	Out io.Writer
	// drawn are the widths of the lines that stand on the terminal.
	drawn []int
}

// Draw replaces what was drawn. No line may be wider than the terminal.
func (s *Screen) Draw(lines []string, width int) {
	var b strings.Builder
	if up := s.height(width); up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	s.drawn = s.drawn[:0]
	b.WriteString("\r")
	for _, line := range lines {
		// The rest is erased after the line, not before, so that nothing flickers.
		b.WriteString(line + "\x1b[K\n")
		s.drawn = append(s.drawn, Width(escapes.ReplaceAllString(line, "")))
	}
	b.WriteString("\x1b[J")
	// Progress that cannot be shown is no reason to end.
	_, _ = io.WriteString(s.Out, b.String())
}

// height is how many lines the drawing takes now: a terminal that was made
// narrower has wrapped what was drawn.
func (s *Screen) height(width int) int {
	n := 0
	for _, w := range s.drawn {
		n += 1 + max(0, w-1)/max(1, width)
	}
	return n
}
