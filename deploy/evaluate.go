package deploy

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

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

// variables are what expressions may refer to, by name.
type variables map[string]ref.Val

// ResolveName implements cel.Activation.
func (v variables) ResolveName(name string) (any, bool) {
	value, ok := v[name]
	return value, ok
}

// Parent implements cel.Activation.
func (variables) Parent() cel.Activation { return nil }
