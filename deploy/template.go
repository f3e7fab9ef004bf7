package deploy

import (
	"errors"
	"strings"
)

// segment is a piece of a text: a literal, or the CEL expression of a ${…}.
type segment struct {
	text       string
	expression bool
}

// split takes a text apart. `$${` stands for a literal `${`.
func split(text string) ([]segment, error) {
	var all []segment
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			all = append(all, segment{text: literal.String()})
			literal.Reset()
		}
	}
	for text != "" {
		next := strings.Index(text, "${")
		if next < 0 {
			literal.WriteString(text)
			break
		}
		if next > 0 && text[next-1] == '$' {
			literal.WriteString(text[:next-1] + "${")
			text = text[next+2:]
			continue
		}
		literal.WriteString(text[:next])
		flush()
		end := closing(text[next+2:])
		if end < 0 {
			return nil, errors.New("an expression that ends with }; a literal ${ is written $${")
		}
		expression := strings.TrimSpace(text[next+2 : next+2+end])
		if expression == "" {
			return nil, errors.New("an expression between ${ and }; a literal ${ is written $${")
		}
		all = append(all, segment{text: expression, expression: true})
		text = text[next+2+end+1:]
	}
	flush()
	return all, nil
}

// closing finds the brace that ends an expression, past the braces of CEL's map
// literals and whatever stands in its strings; -1 if there is none.
func closing(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		case '"', '\'':
			raw := i > 0 && (s[i-1] == 'r' || s[i-1] == 'R')
			end := quoted(s[i:], raw)
			if end < 0 {
				return -1
			}
			i += end
		}
	}
	return -1
}

// quoted finds where the CEL string that s begins with ends; -1 if it does not.
func quoted(s string, raw bool) int {
	quote := s[:1]
	if strings.HasPrefix(s, strings.Repeat(quote, 3)) {
		quote = s[:3]
	}
	for i := len(quote); i < len(s); i++ {
		if s[i] == '\\' && !raw {
			i++
			continue
		}
		if strings.HasPrefix(s[i:], quote) {
			return i + len(quote) - 1
		}
	}
	return -1
}

// hasExpression says whether a value holds a ${…} anywhere, or an escaped one.
func hasExpression(text string) bool { return strings.Contains(text, "${") }

// escape makes a text that split takes for the literal text. As split reads
// from the left, only the ${ itself has to be marked.
func escape(text string) string { return strings.ReplaceAll(text, "${", "$${") }
