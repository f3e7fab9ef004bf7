package aiolos_test

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"aiolos/internal/config"
)

// configurationTable lists every field of the worker's configuration by its path in
// the file, with what its comment says of it.
func configurationTable(t *testing.T, b *strings.Builder) {
	t.Helper()
	b.WriteString("\n## The worker's configuration\n\nThe file of `aiolos-worker --config FILE`, in YAML. `NAME` stands for a name of one's own, `[]` for each element of a list.\n")
	b.WriteString("\n| field | type | |\n|---|---|---|\n")
	w := &configuration{t: t, out: b, docs: map[string]map[string]string{}}
	w.fields("", reflect.TypeFor[config.Config]())
}

// configuration writes the table.
type configuration struct {
	t    *testing.T
	out  *strings.Builder
	docs map[string]map[string]string
}

// fields writes those of a struct, and then those of what they hold.
func (w *configuration) fields(path string, of reflect.Type) {
	for i := range of.NumField() {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch name {
		case "-":
			continue
		case "":
			// What it has in common with others stands among its own.
			w.fields(path, field.Type)
			continue
		}
		at := strings.TrimPrefix(path+"."+name, ".")
		suffix, inner, kind := nested(field.Type)
		fmt.Fprintf(w.out, "| `%s` | %s | %s |\n", at, kind, w.doc(of, field.Name))
		if inner != nil {
			w.fields(at+suffix, inner)
		}
	}
}

var textual = reflect.TypeFor[encoding.TextUnmarshaler]()

// nested says what a field's type holds, if that has fields itself, and what the type
// is called.
func nested(of reflect.Type) (suffix string, inner reflect.Type, kind string) {
	if reflect.PointerTo(of).Implements(textual) {
		return "", nil, "text"
	}
	switch of.Kind() {
	case reflect.Pointer:
		return nested(of.Elem())
	case reflect.Struct:
		return "", of, "mapping"
	case reflect.Map:
		suffix, inner, kind = nested(of.Elem())
		return ".NAME" + suffix, inner, "mapping of names to: " + kind
	case reflect.Slice:
		suffix, inner, kind = nested(of.Elem())
		return "[]" + suffix, inner, "list of: " + kind
	case reflect.String:
		return "", nil, "text"
	case reflect.Bool:
		return "", nil, "true or false"
	case reflect.Float64:
		return "", nil, "number"
	}
	return "", nil, "whole number"
}

// doc is the comment of a field, from the sources of its type's package.
func (w *configuration) doc(of reflect.Type, field string) string {
	dir := strings.TrimPrefix(of.PkgPath(), "aiolos/")
	if w.docs[dir] == nil {
		w.docs[dir] = comments(w.t, dir)
	}
	return w.docs[dir][of.Name()+"."+field]
}
