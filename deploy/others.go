package deploy

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// looksAtOthers says whether an expression refers to a list of nodes.
func (s *scope) looksAtOthers(compiled *cel.Ast) bool {
	found := false
	ast.PostOrderVisit(compiled.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.IdentKind {
			name := e.AsIdent()
			found = found || (name != "params" && name != ownNode && slices.Contains(s.known, name))
		}
	}))
	return found
}

// LooksAtOthers says whether an expression of a step refers to a list of nodes: what
// evaluates it has to know them all, and not just the step's own.
func (e *Evaluator) LooksAtOthers(step string) bool {
	return e.configs[step].others() || e.whens[step].others()
}

func (c *compiled) others() bool {
	if c == nil {
		return false
	}
	for _, p := range c.text {
		if p.expr != nil && p.expr.others {
			return true
		}
	}
	if slices.ContainsFunc(c.list, (*compiled).others) {
		return true
	}
	return slices.ContainsFunc(c.keys, func(key string) bool { return c.fields[key].others() })
}
