package deploy

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds of a document: aliases can make much of little.
const (
	maxElements = 100_000
	maxText     = 2 * MaxSourceBytes
	maxNesting  = 40
)

// document reads YAML strictly and keeps where everything stands.
type document struct {
	problems
	elements int
	bytes    int
	// exhausted says that the document was told to be too large already.
	exhausted bool
}

// entry is a key of a mapping with its value.
type entry struct {
	key   string
	at    position
	value *yaml.Node
}

func at(n *yaml.Node) position { return position{n.Line, n.Column} }

// yamlLine finds the line in a message of the YAML library, which has no typed error.
var yamlLine = regexp.MustCompile(`\Ayaml: (?:line (\d+): )?(.*)`)

// parse returns the top of the only document in text; nil if there is a problem.
func (d *document) parse(text []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var top, second yaml.Node
	err := decoder.Decode(&top)
	if err == nil {
		if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
			d.add(at(&second), "blueprint", "more than one document", "one YAML document")
			return nil
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		where, message := position{}, err.Error()
		if m := yamlLine.FindStringSubmatch(message); m != nil {
			where.line, _ = strconv.Atoi(m[1])
			message = m[2]
		}
		d.add(where, "blueprint", message, "a YAML document")
		return nil
	}
	if len(top.Content) == 0 {
		d.add(position{}, "blueprint", "an empty document", "a YAML document")
		return nil
	}
	return top.Content[0]
}

// follow returns what an alias stands for, and counts what is read.
func (d *document) follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	d.elements++
	d.bytes += len(n.Value)
	if (d.elements > maxElements || d.bytes > maxText) && !d.exhausted {
		d.exhausted = true
		d.add(at(n), "blueprint", "too much", "at most %d elements and %d bytes of text, aliases counted as what they stand for", maxElements, maxText)
	}
	return n
}

// entries returns the keys of a mapping in order.
func (d *document) entries(n *yaml.Node, field string) []entry {
	n = d.follow(n)
	if d.exhausted {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		d.add(at(n), field, d.what(n), "a mapping")
		return nil
	}
	var all []entry
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := d.follow(n.Content[i])
		switch {
		case key.Kind != yaml.ScalarNode:
			d.add(at(key), field, d.what(key), "keys that are text")
		case seen[key.Value]:
			d.add(at(key), join(field, key.Value), key.Value, "each key once")
		default:
			seen[key.Value] = true
			all = append(all, entry{key.Value, at(key), n.Content[i+1]})
		}
	}
	return all
}

// fields returns the values of a mapping that may have no other keys than
// known; nil if it is none.
func (d *document) fields(n *yaml.Node, field string, known ...string) map[string]*yaml.Node {
	if d.follow(n).Kind != yaml.MappingNode {
		d.add(at(n), field, d.what(n), "a mapping")
		return nil
	}
	values := map[string]*yaml.Node{}
	for _, e := range d.entries(n, field) {
		if !slices.Contains(known, e.key) {
			d.add(e.at, join(field, e.key), e.key, "%s", suggest(e.key, known))
			continue
		}
		values[e.key] = e.value
	}
	return values
}

// items returns the elements of a list.
func (d *document) items(n *yaml.Node, field string) []*yaml.Node {
	n = d.follow(n)
	if d.exhausted {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		d.add(at(n), field, d.what(n), "a list")
		return nil
	}
	return n.Content
}

// join makes the path of a field of a field.
func join(path, field string) string {
	if path == "" || strings.HasPrefix(field, "[") {
		return path + field
	}
	if field == "" {
		return path
	}
	return path + "." + field
}

// element makes the path of an element of a list.
func element(path string, index int) string { return path + "[" + strconv.Itoa(index) + "]" }
