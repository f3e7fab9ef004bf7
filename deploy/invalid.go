package deploy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
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
		b.WriteString(" (line " + strconv.Itoa(p.Line))
		if p.Column > 0 {
			b.WriteString(", column " + strconv.Itoa(p.Column))
		}
		b.WriteString(")")
	}
	switch p.Value {
	case "":
		b.WriteString(": not set")
	case empty:
		b.WriteString(": found " + empty)
	default:
		b.WriteString(": found " + strconv.Quote(p.Value))
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
	if field == "" {
		field = "blueprint"
	}
	problem := Problem{
		Field: shorten(field), Value: shorten(value), Allowed: fmt.Sprintf(allowed, args...), Line: at.line, Column: at.column,
	}
	// What follows from a problem at the same place would only be noise.
	said := at.line > 0 && slices.ContainsFunc(p.list, func(o Problem) bool {
		return o.Field == problem.Field && o.Line == problem.Line && o.Column == problem.Column
	})
	if len(p.list) < maxProblems && !said {
		p.list = append(p.list, problem)
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

// empty is how the empty string is shown, as no value means that nothing is set.
const empty = `""`

// shown is a value as it is shown to a person.
func shown(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		if v == "" {
			return empty
		}
		return v
	default:
		return plain(v)
	}
}
