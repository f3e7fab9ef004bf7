package deploy

import (
	"bytes"
	"encoding/json"
	"math"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// decodeAny decodes JSON to the values that documents consist of; integers stay
// integers.
func decodeAny(text json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	return numbers(value), nil
}

// numbers makes int64 or float64 of every json.Number.
func numbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		// Out of range becomes infinite, which no field takes.
		n, _ := v.Float64()
		return n
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			v[key] = numbers(v[key])
		}
	}
	return value
}

// escaped marks every ${ in a value as literal.
func escaped(value any) any {
	switch v := value.(type) {
	case string:
		return escape(v)
	case []any:
		for i := range v {
			v[i] = escaped(v[i])
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			v[key] = escaped(v[key])
		}
	}
	return value
}

// parameterTypes returns the types of the parameters; a plan that does not hold
// them is read by its values.
func (p *Plan) parameterTypes() map[string]ParameterType {
	all := map[string]ParameterType{}
	for _, name := range sortedKeys(p.Parameters) {
		t, ok := p.ParameterTypes[name]
		if !ok {
			t = typeOf(p.Parameters[name])
		}
		all[name] = t
	}
	return all
}

func typeOf(value any) ParameterType {
	switch v := value.(type) {
	case bool:
		return TypeBoolean
	case []any:
		return TypeList
	case int, int64:
		return TypeInteger
	case float64:
		if v == math.Trunc(v) {
			return TypeInteger
		}
		return TypeNumber
	}
	return TypeString
}

// values returns the parameters as expressions see them, whether the plan was
// made just now or comes from JSON.
func (p *Plan) values() map[string]ref.Val {
	kinds := p.parameterTypes()
	all := map[string]ref.Val{}
	for _, name := range sortedKeys(p.Parameters) {
		if token, ok := p.Parameters[name].(string); ok && kinds[name] == typeSensitive {
			all[name] = newSensitive(token)
			continue
		}
		param := Parameter{Type: kinds[name]}
		value, ok := param.Value(p.Parameters[name])
		if !ok {
			all[name] = types.NewErr("the plan has no %s as parameter %s", param.Type, name)
			continue
		}
		all[name] = adapter{}.NativeToValue(value)
	}
	return all
}
