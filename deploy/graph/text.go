package graph

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Widths of lines, in characters.
const (
	nameWidth  = 24
	noteWidth  = 30
	labelWidth = 20
	groupWidth = 36
	mostLines  = 4

	titleWidth       = 48
	descriptionWidth = 90
)

// clean makes text that every format can carry: one line of valid UTF-8
// without control characters. Runs of white space become one space.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, unicode.IsControl(r), r&0xfffe == 0xfffe, unicode.Is(unicode.Cs, r), bidi(r):
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
	return strings.Join(strings.Fields(text), " ")
}

// bidi tells the characters that turn the direction of what follows them, past
// the end of their own label.
func bidi(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

// Wrap breaks text into lines of so many characters, at spaces where it can,
// then after punctuation, then anywhere. What does not fit into most lines is
// left out, with an ellipsis.
func Wrap(text string, width, most int) []string {
	var lines []string
	rest := []rune(clean(text))
	for len(rest) > 0 {
		if len(rest) <= width {
			lines = append(lines, string(rest))
			break
		}
		end, next := breakAt(rest, width)
		lines = append(lines, strings.TrimSpace(string(rest[:end])))
		rest = rest[next:]
	}
	if len(lines) > most {
		lines = lines[:most]
		last := []rune(lines[most-1])
		lines[most-1] = string(last[:min(len(last), width-1)]) + "…"
	}
	return lines
}

// breakAt returns where a line ends and where the next one begins.
func breakAt(text []rune, width int) (end, next int) {
	for i := width; i > width/3; i-- {
		if text[i] == ' ' {
			return i, i + 1
		}
	}
	for i := width - 1; i > width/2; i-- {
		if strings.ContainsRune(".,-_/:;=)]}|&", text[i]) {
			return i + 1, i + 1
		}
	}
	return width, width
}

// wrapAll wraps each text on its own.
func wrapAll(texts []string, width int) []string {
	var lines []string
	for _, text := range texts {
		lines = append(lines, Wrap(text, width, mostLines)...)
	}
	return lines
}

// NameLines returns the name of a step, wrapped.
func (s *Step) NameLines() []string { return Wrap(s.Name, nameWidth, mostLines) }

// NoteLines returns what stands below the name of a step, wrapped.
func (s *Step) NoteLines() []string { return wrapAll(s.Notes, noteWidth) }

// ActionLines returns what a step does, wrapped.
func (s *Step) ActionLines() []string { return Wrap(s.Action, noteWidth, mostLines) }

// NameLines returns the name of a fact, wrapped.
func (f *Fact) NameLines() []string { return Wrap(f.Name, nameWidth, mostLines) }

// NameLines returns the name of a group, wrapped.
func (g *Group) NameLines() []string { return Wrap(g.Name, nameWidth, mostLines) }

// NoteLines returns what stands below the name of a group, wrapped.
func (g *Group) NoteLines() []string { return wrapAll(g.Lines, groupWidth) }

// LabelLines returns the label of an arrow, wrapped.
func (e *Edge) LabelLines() []string { return Wrap(e.Label, labelWidth, mostLines) }
