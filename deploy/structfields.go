package deploy

import (
	"reflect"
	"slices"
	"strings"
)

// structFields returns a struct's fields by their names in JSON, and the names
// of those that have to be set.
func structFields(t reflect.Type) (known map[string]reflect.Type, required []string) {
	known = map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(t) {
		tag := field.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if !field.IsExported() || tag == "-" || (field.Anonymous && name == "") {
			continue
		}
		if name == "" {
			name = field.Name
		}
		known[name] = field.Type
		if !slices.ContainsFunc(strings.Split(options, ","), func(o string) bool { return o == "omitempty" || o == "omitzero" }) {
			required = append(required, name)
		}
	}
	return known, required
}

// kindAllowed says what a field of type t takes.
func kindAllowed(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kindAllowed(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list, each element " + kindAllowed(t.Elem())
	case reflect.Map:
		return "a mapping, each value " + kindAllowed(t.Elem())
	case reflect.Struct:
		return "a mapping"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "an integer of at least 0"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "an integer"
	}
	return "a value"
}
