package hosts

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"aiolos/deploy"
)

// ReadInventory reads an inventory from YAML, and checks it. Unknown and repeated
// fields, aliases and second documents are refused. All that is wrong comes at once,
// as a *deploy.InvalidError that tells fields with their lines.
func ReadInventory(text []byte) (Inventory, error) {
	r := reader{at: map[string]*yaml.Node{}}
	var inv Inventory
	if root := r.document(text); root != nil {
		r.read("", root, reflect.ValueOf(&inv).Elem())
	}
	if len(r.problems) > 0 {
		return Inventory{}, &deploy.InvalidError{Problems: r.problems}
	}
	var invalid *deploy.InvalidError
	if err := inv.Check(); errors.As(err, &invalid) {
		for i, p := range invalid.Problems {
			invalid.Problems[i].Line, invalid.Problems[i].Column = r.place(p.Field)
		}
		return Inventory{}, invalid
	}
	return inv, nil
}

// whole is how problems call the inventory itself.
const whole = "the inventory"

// reader puts nodes of YAML into a struct, by the tags of its fields. The library's
// own decoder tells neither which field is meant nor what is allowed.
type reader struct {
	problems []deploy.Problem
	// at is where each field stands.
	at map[string]*yaml.Node
}

func (r *reader) wrong(path string, n *yaml.Node, found, allowed string) {
	if path == "" {
		path = whole
	}
	p := deploy.Problem{Field: path, Value: found, Allowed: allowed}
	if n != nil {
		p.Line, p.Column = n.Line, n.Column
	}
	r.problems = append(r.problems, p)
}

// place is where a field stands, or the nearest one around it that does.
func (r *reader) place(path string) (line, column int) {
	for {
		if n := r.at[path]; n != nil {
			return n.Line, n.Column
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return 0, 0
		}
		path = path[:cut]
	}
}

func (r *reader) document(text []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	err := decoder.Decode(&first)
	switch {
	case errors.Is(err, io.EOF):
		r.wrong("", nil, "nothing", "a YAML document with machines and profiles")
		return nil
	case err != nil:
		r.wrong("", nil, err.Error(), "one YAML document")
		return nil
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		r.wrong("", &second, "more after the end of the document", "one YAML document")
		return nil
	}
	return first.Content[0]
}

func (r *reader) read(path string, n *yaml.Node, v reflect.Value) {
	r.at[path] = n
	allowed := ""
	switch {
	case n.Kind == yaml.AliasNode:
		allowed = "the value itself; no aliases"
	case n.ShortTag() == "!!null":
		return
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		r.read(path, n, v.Elem())
	case v.Kind() == reflect.Struct:
		known, names := fieldsOf(v)
		allowed = "the fields " + strings.Join(names, ", ")
		if n.Kind == yaml.MappingNode {
			r.pairs(path, n, func(at string, key, value *yaml.Node) {
				if field, ok := known[key.Value]; ok {
					r.read(at, value, field)
					return
				}
				r.wrong(at, key, "unknown field", allowed)
			})
			return
		}
	case v.Kind() == reflect.Map:
		allowed = "a mapping of names"
		if n.Kind == yaml.MappingNode {
			v.Set(reflect.MakeMap(v.Type()))
			r.pairs(path, n, func(at string, key, value *yaml.Node) {
				entry := reflect.New(v.Type().Elem()).Elem()
				r.read(at, value, entry)
				v.SetMapIndex(reflect.ValueOf(key.Value), entry)
			})
			return
		}
	case v.Kind() == reflect.Slice:
		allowed = "a list"
		if n.Kind == yaml.SequenceNode {
			for i, item := range n.Content {
				entry := reflect.New(v.Type().Elem()).Elem()
				r.read(fmt.Sprintf("%s[%d]", path, i), item, entry)
				v.Set(reflect.Append(v, entry))
			}
			return
		}
	default:
		allowed = r.scalar(n, v)
	}
	if allowed != "" {
		r.wrong(path, n, shown(n), allowed)
	}
}

// scalar reads a text, a number or a yes; it returns what is allowed if it is none.
func (r *reader) scalar(n *yaml.Node, v reflect.Value) (allowed string) {
	isScalar := n.Kind == yaml.ScalarNode
	switch v.Kind() {
	case reflect.String:
		// A label "8" or a name "yes" is a text here, quoted or not.
		if !isScalar {
			return "a text"
		}
		v.SetString(n.Value)
	case reflect.Int:
		number, err := strconv.Atoi(n.Value)
		if !isScalar || err != nil {
			return "a whole number"
		}
		v.SetInt(int64(number))
	case reflect.Bool:
		if !isScalar || n.Value != "true" && n.Value != "false" {
			return "true or false"
		}
		v.SetBool(n.Value == "true")
	default:
		return "nothing"
	}
	return ""
}

// fieldsOf are a struct's fields by their names in YAML, those of embedded structs
// among them.
func fieldsOf(v reflect.Value) (known map[string]reflect.Value, names []string) {
	known = map[string]reflect.Value{}
	for i := range v.NumField() {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if tag != "" {
			known[tag] = v.Field(i)
			names = append(names, tag)
			continue
		}
		inner, more := fieldsOf(v.Field(i))
		for name, field := range inner {
			known[name] = field
		}
		names = append(names, more...)
	}
	return known, names
}

func (r *reader) pairs(path string, n *yaml.Node, each func(at string, key, value *yaml.Node)) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		at := strings.TrimPrefix(path+"."+key.Value, ".")
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			r.wrong(at, key, shown(key), "each name once")
			continue
		}
		seen[key.Value] = true
		each(at, key, n.Content[i+1])
	}
}

func shown(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "*" + n.Value
	}
	return n.Value
}
