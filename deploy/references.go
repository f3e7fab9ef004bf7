package deploy

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// reference is a node's fact that an expression refers to.
type reference struct {
	// group is the group whose nodes' fact it is; ownNode for the step's own
	// node, allNodes for any node, and empty where it cannot be told.
	group string
	fact  string
	// index is which node of the group; wholeGroup where it cannot be told, or
	// is more than one.
	index int
	// sure says that the fact is looked up whenever the expression is
	// evaluated, on every node that is meant: not only where a condition holds.
	sure bool
}

const (
	ownNode  = "node"
	allNodes = "nodes"
)

// references are those of all expressions in a value.
func (c *compiled) references() []reference {
	var all []reference
	for _, p := range c.text {
		if p.expr != nil {
			all = append(all, p.expr.refers...)
		}
	}
	for _, item := range c.list {
		all = append(all, item.references()...)
	}
	for _, key := range c.keys {
		all = append(all, c.fields[key].references()...)
	}
	return all
}

// referencesOf finds the facts that an expression refers to. It follows the
// shapes that blueprints have, such as storage[0].x and storage.map(n, n.x);
// what it cannot follow it leaves untold.
func referencesOf(compiled *cel.Ast) []reference {
	f := &referenceFinder{ast: compiled.NativeRep(), known: map[string]place{}}
	f.walk(f.ast.Expr(), true)
	return f.found
}

// place is which nodes an expression stands for.
type place struct {
	group string
	index int
	// some says that it is only some of them, by a condition.
	some bool
}

type referenceFinder struct {
	ast *ast.AST
	// known are the variables of macros that stand for nodes.
	known map[string]place
	found []reference
}

// isNode says whether the type checker found an expression to be a node.
func (f *referenceFinder) isNode(e ast.Expr) bool {
	t := f.ast.GetType(e.ID())
	return t != nil && t.TypeName() == nodeType
}

func (f *referenceFinder) walk(e ast.Expr, sure bool) {
	switch e.Kind() {
	case ast.SelectKind:
		s := e.AsSelect()
		f.walk(s.Operand(), sure)
		if f.isNode(s.Operand()) && !slices.Contains(planned, s.FieldName()) {
			p := f.place(s.Operand())
			f.found = append(f.found, reference{group: p.group, index: p.index, fact: s.FieldName(), sure: sure && !p.some})
		}
	case ast.CallKind:
		c := e.AsCall()
		if c.IsMemberFunction() {
			f.walk(c.Target(), sure)
		}
		for i, arg := range c.Args() {
			// The first operand of these is always evaluated, the others not.
			conditional := slices.Contains([]string{operators.Conditional, operators.LogicalAnd, operators.LogicalOr}, c.FunctionName())
			f.walk(arg, sure && (!conditional || (i == 0 && c.FunctionName() == operators.Conditional)))
		}
	case ast.ListKind:
		for _, item := range e.AsList().Elements() {
			f.walk(item, sure)
		}
	case ast.MapKind:
		for _, item := range e.AsMap().Entries() {
			f.walk(item.AsMapEntry().Key(), sure)
			f.walk(item.AsMapEntry().Value(), sure)
		}
	case ast.ComprehensionKind:
		f.comprehension(e.AsComprehension(), sure)
	}
}

// comprehension is what a macro such as map, filter, all or exists expands to.
func (f *referenceFinder) comprehension(c ast.ComprehensionExpr, sure bool) {
	f.walk(c.IterRange(), sure)
	p := f.place(c.IterRange())
	p.index = wholeGroup
	outer, shadowed := f.known[c.IterVar()]
	f.known[c.IterVar()] = p
	f.walk(c.AccuInit(), sure)
	f.walk(c.LoopCondition(), false)
	f.walk(c.LoopStep(), sure)
	f.walk(c.Result(), sure)
	delete(f.known, c.IterVar())
	if shadowed {
		f.known[c.IterVar()] = outer
	}
}

// place tells which nodes an expression of the type node, or of a list of nodes, stands for.
func (f *referenceFinder) place(e ast.Expr) place {
	untold := place{index: wholeGroup, some: true}
	switch e.Kind() {
	case ast.IdentKind:
		if p, ok := f.known[e.AsIdent()]; ok {
			return p
		}
		return place{group: e.AsIdent(), index: wholeGroup}
	case ast.CallKind:
		c := e.AsCall()
		if c.FunctionName() != operators.Index {
			return untold
		}
		p := f.place(c.Args()[0])
		if i := c.Args()[1]; i.Kind() == ast.LiteralKind {
			if n, ok := i.AsLiteral().Value().(int64); ok {
				p.index = int(n)
				return p
			}
		}
		p.some = true
		return p
	case ast.ComprehensionKind:
		// A filter: a list of nodes made from one.
		p := f.place(e.AsComprehension().IterRange())
		p.some = true
		return p
	}
	return untold
}
