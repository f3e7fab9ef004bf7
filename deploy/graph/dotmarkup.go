package graph

import (
	"strings"
)

// dotMarks escapes what has a meaning in Graphviz's HTML-like labels.
var dotMarks = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// dotMarkup puts lines into an HTML-like label.
func dotMarkup(lines []string, between string) string {
	escaped := make([]string, len(lines))
	for i, line := range lines {
		escaped[i] = dotMarks.Replace(line)
	}
	return strings.Join(escaped, between)
}

// dotLabel sets a name in bold above smaller lines. Graphviz refuses an empty
// element, so there is none where there is nothing to say.
func dotLabel(name, small []string, end string) string {
	var parts []string
	if len(name) > 0 {
		parts = append(parts, "<b>"+dotMarkup(name, end)+"</b>")
	}
	if len(small) > 0 {
		parts = append(parts, `<font point-size="11">`+dotMarkup(small, end)+"</font>")
	}
	if len(parts) == 0 {
		return " "
	}
	label := strings.Join(parts, end)
	if end != "<br/>" {
		label += end // the last line, too, is aligned by what ends it
	}
	return label
}

func dotTitle(g *Graph) string {
	return dotLabel(Wrap(g.Title, titleWidth, mostLines), Wrap(g.Description, descriptionWidth, mostLines), "<br/>")
}

// dotQuoted makes a quoted string. Graphviz reads character entities in it and
// escapes such as \N, which stands for the name of what it belongs to.
func dotQuoted(text string) string {
	return `"` + strings.ReplaceAll(dotMarks.Replace(clean(text)), `\`, `\\`) + `"`
}
