package schema

import (
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"aiolos/deploy"
)

// config describes the configuration of an action, from its Go type.
func config(a deploy.ActionType) object {
	return structure(reflect.TypeOf(a.Config), a.Name, value)
}

// structure describes a struct by its json tags; each field is described by of.
func structure(t reflect.Type, at string, of func(t reflect.Type, at string) object) object {
	properties := object{}
	var required []string
	for _, f := range jsonFields(t) {
		part, known := byHand[at+"."+f.name]
		if !known {
			part = func() object { return of(f.Type, at+"."+f.name) }
		}
		properties[f.name] = with(f.description(t), part())
		if !f.optional {
			required = append(required, f.name)
		}
	}
	o := fields(properties, required...)
	if names := exactlyOne[at]; names != nil {
		o["oneOf"] = choice(names...)
	}
	return o
}

// choice is a mapping that has exactly one of these fields.
func choice(names ...string) list {
	var one list
	for _, n := range names {
		one = append(one, object{"required": list{n}})
	}
	return one
}

// value describes a field of a configuration, in whose place an expression may stand.
func value(t reflect.Type, at string) object {
	switch t.Kind() {
	case reflect.Pointer:
		return value(t.Elem(), at)
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return orExpression(object{"type": "boolean"})
	case reflect.Float32, reflect.Float64:
		return orExpression(object{"type": "number"})
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return orExpression(object{"type": "integer", "minimum": 0})
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return orExpression(object{"type": "integer"})
	case reflect.Slice, reflect.Array:
		return orExpression(items(value(t.Elem(), at+"[]"), 0, 0))
	case reflect.Map:
		return orExpression(object{"type": "object", "additionalProperties": value(t.Elem(), at+".*")})
	case reflect.Struct:
		return orExpression(structure(t, at, value))
	default:
		return object{}
	}
}

// field is a field of a struct as JSON has it.
type field struct {
	reflect.StructField
	name     string
	optional bool
}

func jsonFields(t reflect.Type) []field {
	var all []field
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || name == "" {
			continue
		}
		optional := slices.ContainsFunc(strings.Split(options, ","), func(o string) bool { return o == "omitempty" || o == "omitzero" })
		all = append(all, field{f, name, optional})
	}
	return all
}

// word finds what may be the name of a Go field. One in capitals, such as URL,
// is that only where the sentence begins.
var word = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*|\b[A-Z]+[a-z][A-Za-z0-9]*\b`)

// description is what the source says about a field, with the names of fields
// as JSON has them.
func (f field) description(of reflect.Type) string {
	names := map[string]string{}
	for _, other := range jsonFields(of) {
		names[other.Name] = other.name
	}
	return word.ReplaceAllStringFunc(comments[typeName(of)+"."+f.Name], func(w string) string {
		if name, ok := names[w]; ok {
			return "`" + name + "`"
		}
		if meaning, ok := constants[w]; ok {
			return meaning
		}
		return w
	})
}

func typeName(t reflect.Type) string { return path.Base(t.PkgPath()) + "." + t.Name() }
