package deploy

import (
	"encoding/json"
	"math"
	"reflect"
)

// fitter makes values fit the fields of an action's configuration struct.
type fitter struct {
	// open lets texts with expressions stand for values of any type: the
	// configuration is not evaluated yet.
	open bool
	// report is told what does not fit.
	report func(field, value, allowed string)
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// fit returns value as encoding/json takes it for type t.
func (f *fitter) fit(value any, t reflect.Type, field string) any {
	if text, ok := value.(string); ok && f.open && hasExpression(text) {
		segments, err := split(text)
		whole := err == nil && len(segments) == 1 && segments[0].expression
		if err != nil || whole || t.Kind() == reflect.String || t.Kind() == reflect.Interface {
			return value
		}
	}
	if t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(unmarshaler) {
		return value
	}
	if value == nil && t.Kind() != reflect.Interface && t.Kind() != reflect.Pointer {
		f.report(field, "null", kindAllowed(t))
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		if value == nil {
			return nil
		}
		return f.fit(value, t.Elem(), field)
	case reflect.Interface:
		return value
	case reflect.Struct:
		return f.fitStruct(value, t, field)
	case reflect.Slice, reflect.Array:
		items, ok := value.([]any)
		if !ok {
			break
		}
		all := make([]any, len(items))
		for i, item := range items {
			all[i] = f.fit(item, t.Elem(), element(field, i))
		}
		return all
	case reflect.Map:
		fields, ok := value.(map[string]any)
		if !ok {
			break
		}
		all := make(map[string]any, len(fields))
		for _, key := range sortedKeys(fields) {
			all[key] = f.fit(fields[key], t.Elem(), join(field, key))
		}
		return all
	default:
		if fitted, ok := f.fitScalar(value, t); ok {
			return fitted
		}
	}
	allowed := kindAllowed(t)
	if t.Kind() == reflect.String && isScalar(value) {
		allowed += ", in quotes"
	}
	f.report(field, shown(value), allowed)
	return value
}

// fitScalar fits a single value. A string takes the value of an expression
// whatever its type, since every single value can be written as text; a literal
// has to be written as a string, since YAML would read 1.10 as a number.
func (f *fitter) fitScalar(value any, t reflect.Type) (any, bool) {
	switch t.Kind() {
	case reflect.String:
		if !f.open && isScalar(value) {
			return plain(value), true
		}
		_, ok := value.(string)
		return value, ok
	case reflect.Bool:
		_, ok := value.(bool)
		return value, ok
	case reflect.Float32, reflect.Float64:
		_, ok := asFloat(value)
		return value, ok
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, ok := wholeNumber(value)
		return n, ok && !reflect.Zero(t).OverflowInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, ok := wholeNumber(value)
		return n, ok && n >= 0 && !reflect.Zero(t).OverflowUint(uint64(n))
	}
	return value, false
}

func wholeNumber(value any) (int64, bool) {
	switch v := value.(type) {
	case int64:
		return v, true
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	}
	return 0, false
}

// fitStruct fits a mapping: it may have no field that the struct has not, and
// has to have those that are not left out of JSON when empty.
func (f *fitter) fitStruct(value any, t reflect.Type, field string) any {
	given, ok := value.(map[string]any)
	if !ok {
		f.report(field, shown(value), "a mapping")
		return value
	}
	known, required := structFields(t)
	all := make(map[string]any, len(given))
	for _, key := range sortedKeys(given) {
		kind, ok := known[key]
		if !ok {
			f.report(join(field, key), key, suggest(key, sortedKeys(known)))
			continue
		}
		all[key] = f.fit(given[key], kind, join(field, key))
	}
	for _, key := range required {
		if _, ok := given[key]; !ok {
			f.report(join(field, key), "", kindAllowed(known[key]))
		}
	}
	return all
}
