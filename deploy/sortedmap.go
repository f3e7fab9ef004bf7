package deploy

import (
	"cmp"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// adapter makes CEL values of Go values. Maps of it are read in the order of
// their keys: evaluation has to go the same way on every replay.
type adapter struct{}

// NativeToValue implements types.Adapter.
func (a adapter) NativeToValue(value any) ref.Val {
	switch v := value.(type) {
	case map[ref.Val]ref.Val:
		return sorted(types.NewRefValMap(a, v))
	case map[string]any:
		all := make(map[ref.Val]ref.Val, len(v))
		for _, key := range sortedKeys(v) {
			all[types.String(key)] = a.NativeToValue(v[key])
		}
		return a.NativeToValue(all)
	case []any:
		all := make([]ref.Val, len(v))
		for i, item := range v {
			all[i] = a.NativeToValue(item)
		}
		return types.NewRefValList(a, all)
	}
	return types.DefaultTypeAdapter.NativeToValue(value)
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

// sortMaps has the maps sorted that expressions write out themselves.
func sortMaps(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	if c, ok := i.(interpreter.InterpretableConstructor); ok && c.Type() == types.MapType {
		return &sortingConstructor{c}, nil
	}
	return i, nil
}

type sortingConstructor struct {
	interpreter.InterpretableConstructor
}

// Exec makes the map and sorts it.
func (c *sortingConstructor) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	v := c.InterpretableConstructor.Exec(frame)
	if m, ok := v.(traits.Mapper); ok {
		return sorted(m)
	}
	return v
}

// Eval implements interpreter.Interpretable.
func (c *sortingConstructor) Eval(vars interpreter.Activation) ref.Val {
	return interpreter.EvalActivation(vars, c.Exec)
}
