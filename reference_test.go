package aiolos_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/activities"
)

var update = flag.Bool("update", false, "write the generated parts of the reference")

// TestReference generates the reference from the code and wants the one that is
// checked in to be the same.
func TestReference(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Reference, generated from the code\n\n<!-- go test . -run TestReference -update -->\n")
	contents(&b)
	blueprintTables(t, &b)
	b.WriteString("\n## Actions\n\nA step of a blueprint has exactly one of these keys.\n")
	fields := comments(t, "activities")
	for _, a := range activities.Actions() {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", a.Name, a.Doc)
		configTable(&b, reflect.TypeOf(a.Config), fields)
	}
	commandTables(&b)
	configurationTable(t, &b)
	failureTable(t, &b)
	types := []struct{ title, name string }{{"Request", "Request"}, {"Status", "Status"}, {"Node", "NodeStatus"}, {"Step", "StepStatus"}, {"Outcome", "Outcome"}, {"Difference", "Difference"}, {"Not checked", "Unchecked"}}
	for _, s := range types {
		jsonTable(t, &b, "deploy", s.title, s.name)
	}
	jsonTable(t, &b, "deploy/timing", "Timing", "Timing")
	jsonTable(t, &b, "deploy/timing", "Timing of a step", "StepTiming")
	const path = "docs/reference.md"
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, b.String(), string(text), "run: go test . -run TestReference -update")
}

// jsonTable lists the fields of a type of a package as JSON has them.
func jsonTable(t *testing.T, b *strings.Builder, dir, title, name string) {
	t.Helper()
	fmt.Fprintf(b, "\n## %s\n\n| field | |\n|---|---|\n", title)
	all := comments(t, dir)
	for _, f := range ordered(t, dir, name) {
		fmt.Fprintf(b, "| `%s` | %s |\n", f.json, all[name+"."+f.name])
	}
}

// configTable lists the fields of a configuration, and below those of the
// elements of its lists.
func configTable(b *strings.Builder, config reflect.Type, docs map[string]string) {
	b.WriteString("\n| field | type | |\n|---|---|---|\n")
	var inner []reflect.StructField
	for i := range config.NumField() {
		field := config.Field(i)
		name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		need := ""
		if !strings.Contains(option, "omitempty") {
			need = " (required)"
		}
		kind := strings.TrimPrefix(field.Type.String(), "*")
		if field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.Struct {
			kind, inner = "list, see below", append(inner, field)
		}
		fmt.Fprintf(b, "| `%s` | %s%s | %s |\n", name, kind, need, docs[config.Name()+"."+field.Name])
	}
	for _, field := range inner {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fmt.Fprintf(b, "\nEach element of `%s`:\n", name)
		configTable(b, field.Type.Elem(), docs)
	}
}

// files parses a package's sources.
func files(t *testing.T, dir string) []*ast.File {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var all []*ast.File
	set := token.NewFileSet()
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			f, err := parser.ParseFile(set, dir+"/"+e.Name(), nil, parser.ParseComments)
			require.NoError(t, err)
			all = append(all, f)
		}
	}
	return all
}

// structs calls f for every field of every struct type of a package.
func structs(t *testing.T, dir string, f func(typ, field string, tag, doc string)) {
	t.Helper()
	for _, file := range files(t, dir) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			s, ok := spec.Type.(*ast.StructType)
			if !ok {
				return false
			}
			for _, field := range s.Fields.List {
				tag := ""
				if field.Tag != nil {
					tag, _ = strconv.Unquote(field.Tag.Value)
				}
				for _, name := range field.Names {
					f(spec.Name.Name, name.Name, tag, strings.Join(strings.Fields(field.Doc.Text()), " "))
				}
			}
			return false
		})
	}
}

// comments returns what is said about each field, by "Type.Field".
func comments(t *testing.T, dir string) map[string]string {
	all := map[string]string{}
	structs(t, dir, func(typ, field, _, doc string) { all[typ+"."+field] = strings.ReplaceAll(doc, "|", `\|`) })
	return all
}

type named struct{ name, json string }

// ordered returns the fields of one struct type as they stand.
func ordered(t *testing.T, dir, typ string) []named {
	var all []named
	structs(t, dir, func(of, field, tag, _ string) {
		if of == typ {
			name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
			all = append(all, named{field, name})
		}
	})
	return all
}
