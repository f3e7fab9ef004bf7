package deploy

import (
	"math"

	"go.yaml.in/yaml/v3"
)

// text returns a string; nil stands for a missing one, which is the empty string.
func (d *document) text(n *yaml.Node, field, allowed string) string {
	if n == nil {
		return ""
	}
	value, ok := d.scalar(d.follow(n), field).(string)
	if !ok {
		d.add(at(n), field, d.what(n), "%s", allowed)
	}
	return value
}

// boolean returns true or false.
func (d *document) boolean(n *yaml.Node, field string) bool {
	value, ok := d.scalar(d.follow(n), field).(bool)
	if !ok {
		d.add(at(n), field, d.what(n), "true or false")
	}
	return value
}

// value returns what stands at n as nil, bool, int64, float64, string, []any or
// map[string]any, and notes in places where each part stands.
func (d *document) value(n *yaml.Node, field string, depth int, places map[string]position) any {
	n = d.follow(n)
	if d.exhausted {
		return nil
	}
	if depth > maxNesting {
		d.add(at(n), field, "deeper nesting", "at most %d levels", maxNesting)
		return nil
	}
	places[field] = at(n)
	switch n.Kind {
	case yaml.MappingNode:
		all := map[string]any{}
		for _, e := range d.entries(n, field) {
			all[e.key] = d.value(e.value, join(field, e.key), depth+1, places)
			places[join(field, e.key)] = e.at
		}
		return all
	case yaml.SequenceNode:
		all := make([]any, len(n.Content))
		for i, item := range n.Content {
			all[i] = d.value(item, element(field, i), depth+1, places)
		}
		return all
	default:
		return d.scalar(n, field)
	}
}

// scalar returns a single value.
func (d *document) scalar(n *yaml.Node, field string) any {
	if n.Kind != yaml.ScalarNode {
		return nil
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var v bool
		if n.Decode(&v) == nil {
			return v
		}
	case "!!int":
		var v int64
		if n.Decode(&v) == nil {
			return v
		}
	case "!!float":
		var v float64
		if n.Decode(&v) == nil && !math.IsInf(v, 0) && !math.IsNaN(v) {
			return v
		}
	case "!!str", "!!timestamp":
		return n.Value
	}
	d.add(at(n), field, n.Value, "text, a number of at most 64 bits, true or false")
	return nil
}

// what describes what stands at n.
func (d *document) what(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return d.what(n.Alias)
	}
	if n.ShortTag() == "!!null" {
		return "null"
	}
	return shown(n.Value)
}
