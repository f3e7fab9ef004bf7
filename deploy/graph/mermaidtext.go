package graph

import (
	"fmt"
	"strings"
	"unicode"
)

// mermaidLabel sets a name in bold above other lines.
func mermaidLabel(name, small []string) string {
	parts := make([]string, 0, len(name)+len(small))
	for _, line := range name {
		parts = append(parts, "<b>"+mermaidText(line)+"</b>")
	}
	for _, line := range small {
		parts = append(parts, mermaidText(line))
	}
	if len(parts) == 0 {
		parts = append(parts, " ")
	}
	return `"` + strings.Join(parts, "<br/>") + `"`
}

// mermaidText writes what could mean something to Mermaid, or to the Markdown or
// HTML that it makes of a label, as the number of the character, which Mermaid
// reads as #N;.
func mermaidText(text string) string {
	var b strings.Builder
	line := []rune(clean(text))
	for i, r := range line {
		if mermaidMeans(line, i) {
			fmt.Fprintf(&b, "#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func mermaidMeans(line []rune, i int) bool {
	switch r := line[i]; r {
	case '_': // emphasis, but not inside a word
		return i == 0 || i == len(line)-1 || !wordy(line[i-1]) || !wordy(line[i+1])
	case ':': // of a link
		return i < len(line)-1 && line[i+1] == '/'
	case '.', ')', '-', '+', '=': // of a list or a heading, at the begin of a line
		return !strings.ContainsFunc(string(line[:i]), func(r rune) bool { return !unicode.IsDigit(r) })
	default:
		return strings.ContainsRune("\"#<>&`*~|\\%$", r)
	}
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
