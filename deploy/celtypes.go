package deploy

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// Names of the types that expressions see, which begin with a capital so that
// no variable is called so.
const (
	parametersType = "Parameters"
	nodeType       = "Node"
	diskType       = "Disk"
	sensitiveType  = "Sensitive"
)

// typeProvider tells the compiler which members there are and of which type, so
// that a misspelled parameter is found before anything runs.
type typeProvider struct {
	*types.Registry
	parameters map[string]ParameterType
}

// FindStructType finds our types beside CEL's own.
func (p *typeProvider) FindStructType(name string) (*types.Type, bool) {
	switch name {
	case parametersType, nodeType, diskType, sensitiveType:
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Registry.FindStructType(name)
}

// FindStructFieldType gives the type of a member.
func (p *typeProvider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	member := func(t *types.Type, ok bool) (*types.FieldType, bool) {
		if !ok {
			return nil, false
		}
		return &types.FieldType{Type: t}, true
	}
	switch name {
	case parametersType:
		t, ok := p.parameters[field]
		return member(t.cel(), ok)
	case nodeType:
		return member(memberType(field), true)
	case sensitiveType:
		return nil, false
	case diskType:
		switch field {
		case "device":
			return member(types.StringType, true)
		case "size_gb":
			return member(types.IntType, true)
		}
		return nil, false
	}
	return p.Registry.FindStructFieldType(name, field)
}

// memberType is the type of a node's member. What is not listed is a fact, and
// may be anything.
func memberType(field string) *types.Type {
	switch field {
	case "name", "group", "hostname", "address", "id":
		return types.StringType
	case "index", "zone":
		return types.IntType
	case "labels":
		return types.NewMapType(types.StringType, types.StringType)
	case "disks":
		return types.NewListType(types.NewObjectType(diskType))
	}
	return types.DynType
}

// cel is the type as expressions see it.
func (t ParameterType) cel() *types.Type {
	switch t {
	case TypeString:
		return types.StringType
	case TypeInteger:
		return types.IntType
	case TypeNumber:
		return types.DoubleType
	case TypeBoolean:
		return types.BoolType
	case TypeList:
		return types.NewListType(types.DynType)
	case typeSensitive:
		return types.NewObjectType(sensitiveType)
	}
	return types.DynType
}

// makesObject says whether an expression makes a value of a type with members,
// as in `Node{name: "x"}`, of which there is none that it could make.
func makesObject(compiled *cel.Ast) bool {
	found := false
	ast.PostOrderVisit(compiled.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		found = found || e.Kind() == ast.StructKind
	}))
	return found
}

// parametersOf finds the parameters that an expression refers to, and the one
// that it consists of if it is nothing else.
func parametersOf(compiled *cel.Ast) (names []string, alone string) {
	top := compiled.NativeRep().Expr()
	parameter := func(e ast.Expr) string {
		if e.Kind() != ast.SelectKind {
			return ""
		}
		if s := e.AsSelect(); s.Operand().Kind() == ast.IdentKind && s.Operand().AsIdent() == "params" {
			return s.FieldName()
		}
		return ""
	}
	ast.PostOrderVisit(top, ast.NewExprVisitor(func(e ast.Expr) {
		if name := parameter(e); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}))
	slices.Sort(names)
	return names, parameter(top)
}
