package deploy

import (
	"cmp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// Names of the types that expressions see, which begin with a capital so that
// no variable is called so.
const (
	parametersType = "Parameters"
	nodeType       = "Node"
	diskType       = "Disk"
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
	case parametersType, nodeType, diskType:
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
	case "index":
		return types.IntType
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
	}
	return types.DynType
}

// adapter makes CEL values of Go values. Maps of it are read in the order of
// their keys: evaluation has to go the same way on every replay.
type adapter struct{}

// NativeToValue implements types.Adapter.
func (a adapter) NativeToValue(value any) ref.Val {
	v := types.DefaultTypeAdapter.NativeToValue(value)
	switch value.(type) {
	case map[ref.Val]ref.Val:
		if m, ok := v.(traits.Mapper); ok {
			return sorted(m)
		}
	case map[string]any:
		all := map[ref.Val]ref.Val{}
		for k, item := range value.(map[string]any) {
			all[types.String(k)] = a.NativeToValue(item)
		}
		return a.NativeToValue(all)
	case []any:
		all := make([]ref.Val, len(value.([]any)))
		for i, item := range value.([]any) {
			all[i] = a.NativeToValue(item)
		}
		return types.NewRefValList(a, all)
	}
	return v
}

// sortedMap is a map that is read in the order of its keys.
type sortedMap struct {
	traits.Mapper
	keys []ref.Val
}

func sorted(m traits.Mapper) *sortedMap {
	s := &sortedMap{Mapper: m}
	for it := m.Iterator(); it.HasNext() == types.True; {
		s.keys = append(s.keys, it.Next())
	}
	slices.SortFunc(s.keys, func(a, b ref.Val) int {
		return cmp.Or(strings.Compare(a.Type().TypeName(), b.Type().TypeName()), compare(a, b))
	})
	return s
}

// compare orders two values of one type.
func compare(a, b ref.Val) int {
	if c, ok := a.(traits.Comparer); ok {
		if order, ok := c.Compare(b).(types.Int); ok {
			return int(order)
		}
	}
	return 0
}

// Iterator goes through the keys in order.
func (s *sortedMap) Iterator() traits.Iterator {
	return types.NewRefValList(adapter{}, s.keys).Iterator()
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
