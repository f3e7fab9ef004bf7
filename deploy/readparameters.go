package deploy

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

func (r *reader) readParameters(n *yaml.Node) {
	for _, e := range r.entries(n, "parameters") {
		field := join("parameters", e.key)
		if !isParameterName(e.key) {
			r.add(e.at, field, e.key, parameterNameAllowed)
		}
		p := r.readParameter(e, field)
		r.types[e.key] = p.seen()
		r.blueprint.Parameters = append(r.blueprint.Parameters, p)
	}
}

func (r *reader) readParameter(e entry, field string) Parameter {
	p := Parameter{Name: e.key}
	fields := r.fields(e.value, field, "type", "default", "minimum", "maximum", "pattern", "enum", "description", "sensitive")
	if fields == nil {
		return p
	}
	p.Description = r.text(fields["description"], join(field, "description"), "a string")
	p.Type = ParameterType(r.text(fields["type"], join(field, "type"), "a string"))
	if !slices.Contains(parameterTypes, p.Type) {
		where := e.at
		if n := fields["type"]; n != nil {
			where = at(n)
		}
		known := make([]string, len(parameterTypes))
		for i, t := range parameterTypes {
			known[i] = string(t)
		}
		r.add(where, join(field, "type"), string(p.Type), "%s", suggest(string(p.Type), known))
		// Whatever else is said depends on the type.
		return p
	}
	if n := fields["sensitive"]; n != nil {
		p.Sensitive = r.boolean(n, join(field, "sensitive"))
		if p.Sensitive && p.Type != TypeString {
			r.add(at(n), join(field, "sensitive"), "true", "only for the type string")
		}
	}
	p.Minimum = r.bound(fields["minimum"], join(field, "minimum"), p.Type)
	p.Maximum = r.bound(fields["maximum"], join(field, "maximum"), p.Type)
	if p.Minimum != nil && p.Maximum != nil && *p.Minimum > *p.Maximum {
		r.add(at(fields["minimum"]), join(field, "minimum"), plain(*p.Minimum), "at most the maximum, %s", plain(*p.Maximum))
	}
	if n := fields["pattern"]; n != nil {
		p.Pattern = r.text(n, join(field, "pattern"), "a regular expression")
		if p.Type != TypeString {
			r.add(at(n), join(field, "pattern"), p.Pattern, "only for the type string")
		} else if _, err := wholePattern(p.Pattern); err != nil {
			r.add(at(n), join(field, "pattern"), p.Pattern, "a regular expression of RE2: %s", err)
			p.Pattern = ""
		}
	}
	if n := fields["enum"]; n != nil {
		p.Enum = r.enum(n, join(field, "enum"), p)
	}
	switch n := fields["default"]; {
	case n == nil:
	case p.Sensitive:
		// The blueprint stands in the history, and so would the value.
		r.add(at(n), join(field, "default"), Hidden, "no default for a sensitive parameter: it has to be given")
	default:
		r.readDefault(n, join(field, "default"), &p)
	}
	return p
}

// bound reads a minimum or maximum.
func (r *reader) bound(n *yaml.Node, field string, t ParameterType) *float64 {
	if n == nil {
		return nil
	}
	if t != TypeInteger && t != TypeNumber {
		r.add(at(n), field, r.what(n), "only for the types integer and number")
		return nil
	}
	p := Parameter{Type: t}
	value, ok := p.Value(r.scalar(r.follow(n), field))
	if !ok {
		r.add(at(n), field, r.what(n), "%s", p.Allowed())
		return nil
	}
	number, _ := asFloat(value)
	return &number
}

// enum reads the only allowed values; they are as bounded as any other.
func (r *reader) enum(n *yaml.Node, field string, p Parameter) []any {
	if p.Type == TypeList {
		r.add(at(n), field, r.what(n), "not for the type list")
		return nil
	}
	var values []any
	items := r.items(n, field)
	for i, item := range items {
		value, ok := p.Value(r.scalar(r.follow(item), element(field, i)))
		if !ok {
			r.add(at(item), element(field, i), r.what(item), "%s", p.Allowed())
			continue
		}
		values = append(values, value)
	}
	if len(items) == 0 {
		r.add(at(n), field, "[]", "at least one value")
	}
	return values
}

func (r *reader) readDefault(n *yaml.Node, field string, p *Parameter) {
	given := r.value(n, field, 0, map[string]position{})
	value, ok := p.Value(given)
	if !ok {
		r.add(at(n), field, shown(given), "%s", p.Allowed())
		return
	}
	p.Default = value
}
