package deploy

import (
	"reflect"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxSteps bounds the steps of a blueprint; maxNeeds those that one step needs.
const (
	maxSteps = 500
	maxNeeds = 100
)

func (r *reader) readSteps(n *yaml.Node) {
	all := r.entries(n, "steps")
	if len(all) > maxSteps {
		r.add(at(n), "steps", strconv.Itoa(len(all)), "at most %d steps", maxSteps)
		return
	}
	for _, e := range all {
		r.blueprint.steps = append(r.blueprint.steps, r.readStep(e))
	}
	for _, s := range r.blueprint.steps {
		r.checkNeeds(s)
	}
	if len(r.list) == 0 {
		r.checkCycles()
	}
}

func (r *reader) readStep(e entry) stepSpec {
	field := join("steps", e.key)
	s := stepSpec{name: e.key, at: e.at}
	if !isStepName(e.key) {
		r.add(e.at, field, e.key, stepNameAllowed)
	}
	actions := r.actionNames()
	fields := r.fields(e.value, field, append([]string{"on", "needs", "when", "parallel", "timeout", "retry"}, actions...)...)
	if fields == nil {
		return s
	}
	r.readOn(&s, fields["on"], join(field, "on"))
	if n := fields["needs"]; n != nil {
		s.needs = r.readNeeds(n, join(field, "needs"))
	}
	r.readHow(&s, fields, field)
	for _, name := range actions {
		n := fields[name]
		switch {
		case n == nil:
		case s.action != "":
			r.add(at(n), join(field, name), name, "one action a step; this one has %s already", s.action)
		default:
			s.action = name
			r.readConfig(&s, n, join(field, name))
		}
	}
	if s.action == "" {
		r.add(e.at, field, "", "an action, %s", suggest("", actions))
	}
	return s
}

// seconds reads a duration in Go's notation, in whole seconds.
func (r *reader) seconds(n *yaml.Node, field string) int {
	const allowed = "a duration from 1s to 720h, like 10m or 1h30m"
	d, err := time.ParseDuration(r.text(n, field, allowed))
	if err != nil || d < time.Second || d > 720*time.Hour || d%time.Second != 0 {
		if _, ok := r.scalar(r.follow(n), field).(string); ok {
			r.add(at(n), field, r.what(n), allowed)
		}
		return 0
	}
	return int(d / time.Second)
}

// readConfig reads an action's configuration, as far as it can be checked
// before its expressions are evaluated.
func (r *reader) readConfig(s *stepSpec, n *yaml.Node, field string) {
	s.places = map[string]position{}
	value := r.value(n, field, 0, s.places)
	if value == nil && r.what(n) == "null" {
		value = map[string]any{} // `await:` without anything: tell which fields there are
	}
	where := func(field string) position {
		if p, ok := s.places[field]; ok {
			return p
		}
		return at(n)
	}
	f := fitter{open: true, report: func(field, value, allowed string) { r.add(where(field), field, value, "%s", allowed) }}
	fitted := f.fit(value, reflect.TypeOf(r.blueprint.action(s.action).Config), field)
	s.refers = append(s.refers, r.checkExpressions(formStep, fitted, field, where)...)
	s.config, _ = fitted.(map[string]any)
	if produces := r.blueprint.action(s.action).Produces; produces != nil && s.config != nil {
		s.produces = produces(s.config)
	}
}
