package config

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"aiolos/deploy"
)

// Parse reads the text of a configuration file, fills in the defaults, and
// checks it. All that is wrong with it comes at once, as a *deploy.InvalidError.
func Parse(text []byte) (Config, error) {
	p := parser{at: map[string]*yaml.Node{}}
	var c Config
	if root := p.document(text); root != nil {
		p.value("", root, reflect.ValueOf(&c).Elem())
	}
	// A text that cannot be read says nothing of what its fields are.
	if !p.unreadable {
		c.fill()
		p.check(c)
	}
	if len(p.problems) > 0 {
		return Config{}, &deploy.InvalidError{Problems: p.problems}
	}
	return c, nil
}

// parser reads by hand what yaml would read into a struct, since yaml's own
// errors carry no field, no column, and no list of what is allowed.
type parser struct {
	problems   []deploy.Problem
	unreadable bool
	// at tells where each field stands.
	at map[string]*yaml.Node
}

func (p *parser) problem(field, value, allowed string) {
	problem := deploy.Problem{Field: field, Value: value, Allowed: allowed}
	problem.Line, problem.Column = p.place(field)
	p.problems = append(p.problems, problem)
}

// place is where a field stands, or the nearest one around it that does.
func (p *parser) place(field string) (line, column int) {
	for {
		if n := p.at[field]; n != nil {
			return n.Line, n.Column
		}
		cut := strings.LastIndexAny(field, ".[")
		if cut < 0 {
			return 0, 0
		}
		field = field[:cut]
	}
}

// yamlLine is how yaml's messages begin.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// document returns the root of the only document; nil if there is none.
func (p *parser) document(text []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	err := decoder.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		var second yaml.Node
		if err = decoder.Decode(&second); errors.Is(err, io.EOF) {
			return doc.Content[0]
		}
		if err == nil {
			err = fmt.Errorf("yaml: line %d: a second document", second.Line)
		}
	}
	p.unreadable = true
	found := yamlLine.FindStringSubmatch(err.Error())
	problem := deploy.Problem{Field: "the configuration", Value: err.Error(), Allowed: "one YAML document"}
	if found != nil {
		problem.Value = strings.TrimPrefix(err.Error(), found[0])
		problem.Line, _ = strconv.Atoi(found[1])
	}
	p.problems = append(p.problems, problem)
	return nil
}

// value reads a node into v, which stands at the given path.
func (p *parser) value(path string, n *yaml.Node, v reflect.Value) {
	p.at[name(path)] = n
	if n.Kind == yaml.AliasNode {
		p.problem(name(path), "*"+n.Value, "the value itself; no aliases")
		return
	}
	if n.Tag == "!!null" {
		return
	}
	if text, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		p.text(path, n, text)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		target := reflect.New(v.Type().Elem())
		p.value(path, n, target.Elem())
		v.Set(target)
	case reflect.Struct:
		p.fields(path, n, v)
	case reflect.Map:
		if n.Kind != yaml.MappingNode {
			p.problem(name(path), shown(n), "a mapping of names")
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		p.pairs(path, n, func(path string, key, value *yaml.Node) {
			entry := reflect.New(v.Type().Elem()).Elem()
			p.value(path, value, entry)
			v.SetMapIndex(reflect.ValueOf(key.Value), entry)
		})
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			p.problem(name(path), shown(n), "a list")
			return
		}
		for i, item := range n.Content {
			entry := reflect.New(v.Type().Elem()).Elem()
			p.value(fmt.Sprintf("%s[%d]", path, i), item, entry)
			v.Set(reflect.Append(v, entry))
		}
	default:
		if n.Kind != yaml.ScalarNode || n.Decode(v.Addr().Interface()) != nil {
			p.problem(name(path), shown(n), kinds[v.Kind()])
		}
	}
}

// text reads a value that has a notation of its own.
func (p *parser) text(path string, n *yaml.Node, v encoding.TextUnmarshaler) {
	if n.Kind != yaml.ScalarNode {
		p.problem(name(path), shown(n), "a text")
		return
	}
	var invalid *deploy.InvalidError
	if err := v.UnmarshalText([]byte(n.Value)); errors.As(err, &invalid) {
		p.problem(name(path), n.Value, invalid.Problems[0].Allowed)
	} else if err != nil {
		p.problem(name(path), n.Value, err.Error())
	}
}

var kinds = map[reflect.Kind]string{reflect.String: "a text", reflect.Int: "a whole number", reflect.Int64: "a whole number", reflect.Float64: "a number", reflect.Bool: "true or false"}

// fields reads a mapping into the struct v.
func (p *parser) fields(path string, n *yaml.Node, v reflect.Value) {
	known := map[string]reflect.Value{}
	names := fieldsOf(v, known)
	allowed := "the fields " + strings.Join(names, ", ")
	if n.Kind != yaml.MappingNode {
		p.problem(name(path), shown(n), allowed)
		return
	}
	p.pairs(path, n, func(path string, key, value *yaml.Node) {
		if field, ok := known[key.Value]; ok {
			p.value(path, value, field)
			return
		}
		p.at[path] = key
		p.problem(path, "unknown field", allowed)
	})
}

// fieldsOf finds a struct's fields by their names in YAML, those of embedded
// structs among them.
func fieldsOf(v reflect.Value, known map[string]reflect.Value) (names []string) {
	for i := range v.NumField() {
		switch tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ","); tag {
		case "-":
		case "":
			names = append(names, fieldsOf(v.Field(i), known)...)
		default:
			known[tag] = v.Field(i)
			names = append(names, tag)
		}
	}
	return names
}

// pairs walks through a mapping, each key once.
func (p *parser) pairs(path string, n *yaml.Node, each func(path string, key, value *yaml.Node)) {
	var seen []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		at := strings.TrimPrefix(path+"."+key.Value, ".")
		if key.Kind != yaml.ScalarNode || slices.Contains(seen, key.Value) {
			p.at[at] = key
			p.problem(at, shown(key), "each name once")
			continue
		}
		seen = append(seen, key.Value)
		each(at, key, n.Content[i+1])
	}
}

func name(path string) string {
	if path == "" {
		return "the configuration"
	}
	return path
}

// shown is a node's value as a problem shows it.
func shown(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return n.Value
	}
}
