package deploy

import (
	"strings"
)

// compiled is a value whose expressions are compiled: one of its fields is set.
type compiled struct {
	field   string
	literal any
	text    []part
	list    []*compiled
	keys    []string // of fields, sorted
	fields  map[string]*compiled
	kind    compiledKind
}

type compiledKind int

const (
	isLiteral compiledKind = iota
	isText
	isList
	isFields
)

// part is a piece of a text: a literal, or an expression.
type part struct {
	literal string
	expr    *expression
}

// compileValue compiles every expression in a value. Each one that is wrong is
// reported with the path of its field; the error is an *ExpressionError.
func (s *scope) compileValue(value any, field string, report func(*ExpressionError)) *compiled {
	c := &compiled{field: field}
	switch v := value.(type) {
	case string:
		c.kind = isText
		segments, err := split(v)
		if err != nil {
			report(&ExpressionError{Where: field, Message: err.Error()})
		}
		for _, segment := range segments {
			p := part{literal: segment.text}
			if segment.expression {
				if p.expr, err = s.compile(segment.text); err != nil {
					report(&ExpressionError{Expression: segment.text, Where: field, Message: err.Error()})
				}
			}
			c.text = append(c.text, p)
		}
	case []any:
		c.kind = isList
		for i, item := range v {
			c.list = append(c.list, s.compileValue(item, element(field, i), report))
		}
	case map[string]any:
		c.kind, c.keys, c.fields = isFields, sortedKeys(v), map[string]*compiled{}
		for _, key := range c.keys {
			c.fields[key] = s.compileValue(v[key], join(field, key), report)
		}
	default:
		c.literal = v
	}
	return c
}

// countExpressions counts the expressions in a value, escaped ones among them.
func countExpressions(value any) int {
	count := 0
	switch v := value.(type) {
	case string:
		count = strings.Count(v, "${")
	case []any:
		for _, item := range v {
			count += countExpressions(item)
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			count += countExpressions(v[key])
		}
	}
	return count
}
