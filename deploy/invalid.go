package deploy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxProblems bounds how many problems one input is told about; who made more
// has enough to begin with.
const maxProblems = 100

// Error tells every problem, each on a line of its own.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// String tells the problem on one line: the field, where it stands, what was
// found and what is allowed.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Field)
	if p.Line > 0 {
		fmt.Fprintf(&b, " (line %d)", p.Line)
	}
	if p.Value == "" {
		b.WriteString(": not set")
	} else {
		fmt.Fprintf(&b, ": found %q", p.Value)
	}
	b.WriteString("; allowed: " + p.Allowed)
	return b.String()
}

// position is where something stands in a blueprint's text, from 1.
type position struct{ line, column int }

// problems collects what is wrong with an input, so that all of it is told at once.
type problems struct{ list []Problem }

// add notes a problem. An empty value means that the field is not set.
func (p *problems) add(at position, field, value, allowed string, args ...any) {
	if len(p.list) < maxProblems {
		p.list = append(p.list, Problem{
			Field: field, Value: shorten(value), Allowed: fmt.Sprintf(allowed, args...), Line: at.line, Column: at.column,
		})
	}
}

// err is nil when there are no problems. They come in the order of the text;
// those that stand nowhere keep their order after them.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		if a.Line == 0 || b.Line == 0 {
			return cmp.Compare(b.Line, a.Line)
		}
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &InvalidError{Problems: p.list}
}

// shorten keeps a value that was found short enough to be shown.
func shorten(value string) string {
	const most = 200
	if len(value) <= most {
		return value
	}
	return strings.ToValidUTF8(value[:most], "") + "…"
}

// shown is a value as it is shown to a person.
func shown(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		if v == "" {
			return `""`
		}
		return v
	default:
		return plain(v)
	}
}
