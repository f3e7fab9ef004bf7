package deploy

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// reader reads one blueprint.
type reader struct {
	document
	blueprint *Blueprint
	types     map[string]ParameterType
	scopes    map[form]*scope
	// expressions counts those that were compiled so far.
	expressions int
}

// maxExpressions bounds the expressions of a blueprint, as each takes a while
// to compile; maxGroups its groups.
const (
	maxExpressions = 2000
	maxGroups      = 50
)

// ReadBlueprint reads a blueprint and checks all of it that does not depend on
// parameters. If name is not empty, the blueprint has to have that name. The
// error is an *InvalidError with everything that is wrong.
func ReadBlueprint(name string, text []byte, actions []ActionType) (*Blueprint, error) {
	r := &reader{
		blueprint: &Blueprint{Digest: digest(text), actions: actions},
		types:     map[string]ParameterType{}, scopes: map[form]*scope{},
	}
	if len(text) > MaxSourceBytes {
		r.add(position{}, "blueprint", strconv.Itoa(len(text))+" bytes", "at most %d bytes", MaxSourceBytes)
		return nil, r.err()
	}
	if top := r.parse(text); top != nil {
		r.read(top, name)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	r.blueprint.params, r.blueprint.nodes = r.scopes[formPlan], r.scopes[formOutput]
	return r.blueprint, nil
}

func (r *reader) read(top *yaml.Node, name string) {
	b := r.blueprint
	fields := r.fields(top, "", "name", "description", "parameters", "groups", "steps", "outputs")
	if fields == nil {
		return
	}
	b.Name = r.text(fields["name"], "name", blueprintNameAllowed)
	switch {
	case fields["name"] == nil:
		r.add(at(top), "name", "", "%s", blueprintNameAllowed)
	case !blueprintName.MatchString(b.Name):
		r.add(at(fields["name"]), "name", shown(b.Name), "%s", blueprintNameAllowed)
	case name != "" && name != b.Name:
		r.add(at(fields["name"]), "name", b.Name, "%s, as it is called where it is asked for", name)
	}
	b.Description = r.text(fields["description"], "description", "a string")
	if n := fields["parameters"]; n != nil {
		r.readParameters(n)
	}
	var groups []entry
	if n := fields["groups"]; n != nil {
		groups = r.entries(n, "groups")
	}
	if len(groups) == 0 && !r.exhausted {
		r.add(at(top), "groups", "", "at least one group")
	}
	if len(groups) > maxGroups {
		r.add(at(fields["groups"]), "groups", strconv.Itoa(len(groups)), "at most %d groups", maxGroups)
		return
	}
	if !r.makeScopes(groups) {
		return
	}
	for _, e := range groups {
		r.readGroup(e)
	}
	if n := fields["steps"]; n != nil {
		r.readSteps(n)
	}
	if n := fields["outputs"]; n != nil {
		r.readOutputs(n)
	}
}

// makeScopes prepares for expressions: what they may refer to is known now.
func (r *reader) makeScopes(groups []entry) bool {
	var names []string
	for _, e := range groups {
		if isGroupName(e.key) {
			names = append(names, e.key)
		}
	}
	for _, form := range []form{formPlan, formOutput, formStep} {
		s, err := newScope(form, r.types, names)
		if err != nil {
			r.add(position{}, "blueprint", err.Error(), "names that expressions can use")
			return false
		}
		r.scopes[form] = s
	}
	return true
}

// checkExpressions reports what is wrong with the expressions in a value, and
// returns the facts that they refer to.
func (r *reader) checkExpressions(form form, value any, field string, where func(field string) position) []reference {
	r.expressions += countExpressions(value)
	if r.expressions > maxExpressions {
		if !r.exhausted {
			r.exhausted = true
			r.add(where(field), "blueprint", "more expressions", "at most %d", maxExpressions)
		}
		return nil
	}
	c := r.scopes[form].compileValue(value, field, func(e *ExpressionError) {
		if e.Expression == "" {
			r.add(where(e.Where), e.Where, "${", "%s", e.Message)
			return
		}
		r.add(where(e.Where), e.Where, "${"+e.Expression+"}", "a CEL expression: %s", e.Message)
	})
	return c.references()
}

func (r *reader) readOutputs(n *yaml.Node) {
	for _, e := range r.entries(n, "outputs") {
		field := join("outputs", e.key)
		if !outputName.MatchString(e.key) {
			r.add(e.at, field, e.key, outputNameAllowed)
		}
		value := r.text(e.value, field, "a string")
		r.checkExpressions(formOutput, value, field, func(string) position { return at(e.value) })
		r.blueprint.outputs = append(r.blueprint.outputs, outputSpec{name: e.key, at: e.at, value: value})
	}
}

// actionNames lists the kinds of action that a step can ask for.
func (r *reader) actionNames() []string {
	names := make([]string, len(r.blueprint.actions))
	for i, a := range r.blueprint.actions {
		names[i] = a.Name
	}
	slices.Sort(names)
	return names
}
