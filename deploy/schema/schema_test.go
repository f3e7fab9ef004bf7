package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"aiolos/activities"
	"aiolos/deploy"
)

var update = flag.Bool("update", false, "write the generated files")

// TestComments copies from the sources what is said about the fields that a
// schema shows.
func TestComments(t *testing.T) {
	all := map[string]string{}
	for dir, types := range shown() {
		for name, text := range sourceComments(t, filepath.Join("..", "..", dir)) {
			if typ, _, _ := strings.Cut(name, "."); types[typ] {
				all[dir+"."+name] = text
			}
		}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	require.NoError(t, err)
	current(t, "comments.json", append(text, '\n'))
	// What follows goes by what was just written.
	comments = all
	for _, a := range activities.Types() {
		for _, f := range jsonFields(reflect.TypeOf(a.Config)) {
			require.NotEmpty(t, all[typeName(reflect.TypeOf(a.Config))+"."+f.Name], "%s of %s has no comment", f.Name, a.Name)
		}
	}
}

// current wants a file that is checked in to be as it is generated now.
func current(t *testing.T, path string, text []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, text, 0o644))
	}
	was, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(text), string(was), "run: go test ./deploy/schema -update")
}

// shown are the struct types that a schema shows, by package.
func shown() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			visit(t.Elem())
		case reflect.Struct:
			pkg, name, _ := strings.Cut(typeName(t), ".")
			if all[pkg] == nil {
				all[pkg] = map[string]bool{}
			}
			all[pkg][name] = true
			for _, f := range jsonFields(t) {
				visit(f.Type)
			}
		}
	}
	visit(reflect.TypeFor[deploy.Request]())
	visit(reflect.TypeFor[deploy.DestroyRequest]())
	visit(reflect.TypeFor[deploy.Outcome]())
	visit(reflect.TypeFor[deploy.Failure]())
	for _, a := range activities.Types() {
		visit(reflect.TypeOf(a.Config))
	}
	return all
}

// sourceComments returns what is said about each field of a package's structs. A
// comment speaks for the fields that follow it without one, too.
func sourceComments(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			s, ok := spec.Type.(*ast.StructType)
			if !ok {
				return false
			}
			said := ""
			for _, f := range s.Fields.List {
				if text := strings.Join(strings.Fields(f.Doc.Text()), " "); text != "" {
					said = text
				}
				for _, name := range f.Names {
					all[spec.Name.Name+"."+name.Name] = said
				}
			}
			return false
		})
	}
	return all
}

// TestSchemasAreCurrent wants those that are checked in to be as they are
// generated now.
func TestSchemasAreCurrent(t *testing.T) {
	b, err := Blueprint(activities.Types())
	require.NoError(t, err)
	current(t, "../../docs/schemas/blueprint.schema.json", b)
	r, err := Request()
	require.NoError(t, err)
	current(t, "../../docs/schemas/request.schema.json", r)
	o, err := Outcome()
	require.NoError(t, err)
	current(t, "../../docs/schemas/outcome.schema.json", o)
}

// TestEveryFieldIsDescribed looks at each property that an editor may show.
func TestEveryFieldIsDescribed(t *testing.T) {
	b, err := Blueprint(activities.Types())
	require.NoError(t, err)
	r, err := Request()
	require.NoError(t, err)
	for _, text := range [][]byte{b, r} {
		var schema object
		require.NoError(t, json.Unmarshal(text, &schema))
		var visit func(path string, v any)
		visit = func(path string, v any) {
			switch v := v.(type) {
			case []any:
				for _, item := range v {
					visit(path, item)
				}
			case object:
				properties, _ := v["properties"].(object)
				_, strict := v["additionalProperties"]
				for name, p := range properties {
					described, _ := p.(object)
					_, elsewhere := described["$ref"]
					require.True(t, !strict || elsewhere || described["description"] != nil, "%s.%s is not described", path, name)
				}
				for key, part := range v {
					visit(path+"/"+key, part)
				}
			}
		}
		visit("", schema)
	}
}

// compiled is a schema that a validator has read under a dialect.
func compiled(t *testing.T, text []byte, dialect *jsonschema.Draft) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	if dialect == jsonschema.Draft7 {
		doc.(map[string]any)["$schema"] = "http://json-schema.org/draft-07/schema#"
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(dialect)
	require.NoError(t, c.AddResource("schema.json", doc))
	s, err := c.Compile("schema.json")
	require.NoError(t, err)
	return s
}

// instance is a YAML text as a validator of JSON wants it.
func instance(t *testing.T, text string) any {
	t.Helper()
	var v any
	require.NoError(t, yaml.Unmarshal([]byte(text), &v))
	encoded, err := json.Marshal(v)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	require.NoError(t, err)
	return doc
}

var dialects = map[string]*jsonschema.Draft{"2020-12": jsonschema.Draft2020, "draft-07": jsonschema.Draft7}

func TestRequests(t *testing.T) {
	text, err := Request()
	require.NoError(t, err)
	good := []string{
		`{blueprint: glusterfs}`,
		`{blueprint: glusterfs, parameters: {nodes: 3, "node01.start.tag": "v1", bricks: [a, 1, true]}, provider: docker, on_failure: fail}`,
		`{blueprint: glusterfs, on_failure: rollback}`,
		`{blueprint: "", source: "name: x"}`,
		`{source: "name: x", files: {./app.conf: aGVsbG8=}}`,
	}
	for _, name := range deploy.BuiltinNames() {
		good = append(good, "blueprint: "+name)
	}
	bad := map[string]string{
		"nothing":            `{}`,
		"unknown blueprint":  `{blueprint: glusterfz}`,
		"wrong name":         `{blueprint: "Glu ster", source: "x"}`,
		"unknown field":      `{blueprint: glusterfs, params: {}}`,
		"name within":        `{blueprint: glusterfs, name: demo}`,
		"mapping as a value": `{blueprint: glusterfs, parameters: {nodes: {a: 1}}}`,
		"null as a value":    `{blueprint: glusterfs, parameters: {nodes: null}}`,
		"odd parameter":      `{blueprint: glusterfs, parameters: {"-x": 1}}`,
		"wrong provider":     `{blueprint: glusterfs, provider: "DOCKER;"}`,
		"unknown on_failure": `{blueprint: glusterfs, on_failure: weep}`,
		"file as a list":     `{blueprint: glusterfs, files: {a: [1]}}`,
		"no mapping":         `[glusterfs]`,
	}
	for name, dialect := range dialects {
		t.Run(name, func(t *testing.T) {
			s := compiled(t, text, dialect)
			for _, g := range good {
				require.NoError(t, s.Validate(instance(t, g)), g)
			}
			for name, b := range bad {
				require.Error(t, s.Validate(instance(t, b)), name)
			}
		})
	}
	var top object
	require.NoError(t, json.Unmarshal(text, &top))
	destroy, err := json.Marshal(object{"$ref": "#/$defs/destroy", "$defs": top["$defs"]})
	require.NoError(t, err)
	s := compiled(t, destroy, jsonschema.Draft2020)
	require.NoError(t, s.Validate(instance(t, `{}`)))
	require.NoError(t, s.Validate(instance(t, `{provider: docker}`)))
	require.Error(t, s.Validate(instance(t, `{blueprint: glusterfs}`)))
}
