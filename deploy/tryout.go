package deploy

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// standIns stand for facts that nobody knows when the plan is made.
type standIns struct {
	hostnames, addresses, ids map[string]string
}

// Fact gives what exists already, and else what it will be like.
func (s standIns) Fact(node, name string) (any, bool) {
	facts := map[string]map[string]string{"hostname": s.hostnames, "address": s.addresses, "id": s.ids}[name]
	value, ok := facts[node]
	return value, ok
}

func newStandIns(nodes []NodeSpec, existing []Instance) standIns {
	s := standIns{map[string]string{}, map[string]string{}, map[string]string{}}
	for i, n := range nodes {
		s.hostnames[n.Name] = n.Hostname
		// 192.0.2.0/24 is set aside for documentation; no machine has it.
		s.addresses[n.Name] = fmt.Sprintf("192.0.2.%d", i%254+1)
	}
	for _, i := range existing {
		s.hostnames[i.Node], s.addresses[i.Node], s.ids[i.Node] = i.Hostname, i.Address, i.ID
	}
	return s
}

// tryOut evaluates every step's configuration for its first node, and has its
// action look at it, so that what cannot work is refused before anything is
// launched. A step that refers to facts that only its deployment will tell is
// checked as far as its other expressions.
func (p *planner) tryOut() {
	e, err := p.plan.Evaluator(p.blueprint.actions)
	if err != nil {
		p.expression(err, nil, position{})
		return
	}
	facts := newStandIns(p.plan.Nodes, p.existing)
	p.evaluator = e
	for i := range p.plan.Steps {
		step := &p.plan.Steps[i]
		spec := p.blueprint.step(step.Name)
		if len(step.Nodes) == 0 {
			continue
		}
		if _, _, err := e.When(step, step.Nodes[0], facts); err != nil {
			p.expression(err, spec.places, spec.at)
			continue
		}
		config, missing, err := e.Config(step, step.Nodes[0], facts)
		if err != nil {
			p.expression(err, spec.places, spec.at)
			continue
		}
		action := p.blueprint.action(step.Action)
		if len(missing) > 0 || action.Check == nil {
			continue
		}
		into := reflect.New(reflect.TypeOf(action.Config)).Interface()
		if err := decodeStrictly(config, into); err != nil {
			p.expression(err, spec.places, spec.at)
			continue
		}
		for _, problem := range action.Check(into) {
			p.refused(spec, problem)
		}
	}
	places := map[string]position{}
	for _, o := range p.blueprint.outputs {
		places["outputs."+o.name] = o.at
	}
	if _, _, err := e.Outputs(facts); err != nil {
		p.expression(err, places, position{})
	}
}

// refused notes what an action finds wrong with its configuration. When the
// field is nothing but a parameter, that is what the person has to change.
func (p *planner) refused(spec stepSpec, problem Problem) {
	field := join("steps."+spec.name+"."+spec.action, problem.Field)
	where, ok := spec.places[field]
	if !ok {
		where = spec.at
	}
	if text, ok := lookUp(spec.config, problem.Field).(string); ok {
		if name, alone := p.source(text); alone {
			p.add(position{}, "parameters."+name, problem.Value, "%s (%s)", problem.Allowed, field)
			return
		}
	}
	p.add(where, field, problem.Value, "%s", problem.Allowed)
}

// lookUp returns the value of a field, such as "facts.data_device"; nil if it
// is not there, or within a list.
func lookUp(value any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		fields, _ := value.(map[string]any)
		value = fields[name]
	}
	return value
}

// expression notes an expression that cannot be evaluated, or whose value is
// not what the field takes. Where the field stands is looked up in places.
func (p *planner) expression(err error, places map[string]position, fallback position) {
	var wrong *ExpressionError
	if !errors.As(err, &wrong) {
		p.add(fallback, "blueprint", err.Error(), "a blueprint that can be evaluated")
		return
	}
	where, ok := places[wrong.Where]
	if !ok {
		where = fallback
	}
	if wrong.problem != nil {
		p.add(where, wrong.Where, wrong.problem.Value, "%s", wrong.problem.Allowed)
		return
	}
	p.add(where, wrong.Where, "${"+wrong.Expression+"}", "an expression that can be evaluated: %s", wrong.Message)
}
