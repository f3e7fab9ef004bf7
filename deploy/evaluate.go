package deploy

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// ExpressionError is an expression that cannot be evaluated, or whose value is
// not what the field takes. Trying again does not help.
type ExpressionError struct {
	// Expression is the text within ${…}; empty when a field as a whole is wrong.
	Expression string
	// Where is the path of the field, for example "steps.pool.gluster_pool.peers".
	Where   string
	Message string

	// problem is set when a field as a whole is wrong.
	problem *Problem
}

// Error tells where, which expression and what is wrong.
func (e *ExpressionError) Error() string {
	if e.Expression == "" {
		return e.Where + ": " + e.Message
	}
	return fmt.Sprintf("%s: ${%s}: %s", e.Where, shorten(e.Expression), e.Message)
}

// Kind says that it is an expression that failed.
func (e *ExpressionError) Kind() Kind { return KindExpression }

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

// run is one evaluation: what it may refer to, and what it lacked.
type run struct {
	vars    cel.Activation
	unknown func(*types.Unknown) []Missing
	missing []Missing
	// cost is what all expressions so far took, in CEL's units.
	cost uint64
}

// value evaluates all expressions in c. When something is missing, the value is
// of no use; the evaluation still goes through all of it, to find all that is.
func (r *run) value(c *compiled) (any, error) {
	switch c.kind {
	case isText:
		return r.text(c)
	case isList:
		all := make([]any, len(c.list))
		for i, item := range c.list {
			v, err := r.value(item)
			if err != nil {
				return nil, err
			}
			all[i] = v
		}
		return all, nil
	case isFields:
		all := make(map[string]any, len(c.keys))
		for _, key := range c.keys {
			v, err := r.value(c.fields[key])
			if err != nil {
				return nil, err
			}
			all[key] = v
		}
		return all, nil
	default:
		return c.literal, nil
	}
}

// text evaluates a text. When it is one expression and nothing else, the value
// keeps its type.
func (r *run) text(c *compiled) (any, error) {
	if len(c.text) == 1 && c.text[0].expr != nil {
		value, _, err := r.expression(c.text[0].expr, c.field)
		return value, err
	}
	var b strings.Builder
	for _, p := range c.text {
		if p.expr == nil {
			b.WriteString(p.literal)
			continue
		}
		value, known, err := r.expression(p.expr, c.field)
		if err != nil {
			return nil, err
		}
		if known && !isScalar(value) {
			return nil, wrong(p.expr, c.field, fmt.Sprintf("its value is %s, which cannot be part of a text", plain(value)))
		}
		b.WriteString(plain(value))
	}
	return b.String(), nil
}

// expression evaluates one expression; known is false when facts are missing.
func (r *run) expression(e *expression, field string) (value any, known bool, err error) {
	out, details, err := e.program.Eval(r.vars)
	if err != nil {
		return nil, false, wrong(e, field, reason(err))
	}
	if cost := details.ActualCost(); cost != nil {
		r.cost += *cost
	}
	if r.cost > maxCost {
		return nil, false, wrong(e, field, tooMuch)
	}
	if unknown, ok := out.(*types.Unknown); ok {
		r.missing = append(r.missing, r.unknown(unknown)...)
		return nil, false, nil
	}
	value, err = native(out)
	if err != nil {
		return nil, false, wrong(e, field, err.Error())
	}
	return value, true, nil
}

func wrong(e *expression, field, message string) *ExpressionError {
	return &ExpressionError{Expression: e.text, Where: field, Message: message}
}

const tooMuch = "it takes too much to evaluate"

// reason is what went wrong, in a person's words.
func reason(err error) string {
	var cancelled interpreter.EvalCancelledError
	if errors.As(err, &cancelled) {
		return tooMuch
	}
	return err.Error()
}

// variables are what expressions may refer to, by name.
type variables map[string]ref.Val

// ResolveName implements cel.Activation.
func (v variables) ResolveName(name string) (any, bool) {
	value, ok := v[name]
	return value, ok
}

// Parent implements cel.Activation.
func (variables) Parent() cel.Activation { return nil }
