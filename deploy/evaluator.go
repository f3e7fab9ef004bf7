package deploy

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Facts is what an expression may look up about nodes beside what the plan says.
type Facts interface {
	// Fact returns the value of a node's fact; known is false as long as nobody has told it.
	Fact(node, name string) (value any, known bool)
}

// MachineFacts are facts that tell as well what a node's machine really has.
type MachineFacts interface {
	Facts
	// Disks are the machine's data disks as it knows them itself, in the order of
	// the plan; known is false as long as there is no machine.
	Disks(node string) (disks []Disk, known bool)
}

// Missing is a fact that is not known yet.
type Missing struct{ Node, Fact string }

// Evaluator evaluates the expressions of a plan, which it compiles once. It is
// deterministic, keeps nothing between calls, and is not safe for concurrent use.
type Evaluator struct {
	plan    *Plan
	configs map[string]*compiled
	whens   map[string]*compiled
	types   map[string]reflect.Type
	outputs map[string]*compiled
	params  *scope
	vars    variables
	nodes   map[string]ref.Val

	// facts and lacked belong to the evaluation that goes on.
	facts  Facts
	lacked lacked
}

// Evaluator compiles every expression of the plan. The error is an *ExpressionError.
func (p *Plan) Evaluator(actions []ActionType) (*Evaluator, error) {
	e := &Evaluator{
		plan: p, configs: map[string]*compiled{}, whens: map[string]*compiled{}, types: map[string]reflect.Type{}, outputs: map[string]*compiled{},
		vars: variables{"params": newParameters(p.values())}, nodes: map[string]ref.Val{},
	}
	groups := make([]string, len(p.Groups))
	for i, g := range p.Groups {
		groups[i] = g.Name
	}
	e.addNodes()
	scopes := map[form]*scope{}
	for _, form := range []form{formPlan, formOutput, formStep} {
		s, err := newScope(form, p.parameterTypes(), groups)
		if err != nil {
			return nil, &ExpressionError{Where: "blueprint", Message: err.Error()}
		}
		scopes[form] = s
	}
	e.params = scopes[formPlan]
	var first *ExpressionError
	note := func(wrong *ExpressionError) {
		if first == nil {
			first = wrong
		}
	}
	for _, s := range p.Steps {
		field := "steps." + s.Name + "." + s.Action
		config, err := decodeAny(s.Config)
		if err != nil {
			return nil, &ExpressionError{Where: field, Message: err.Error()}
		}
		e.configs[s.Name] = scopes[formStep].compileValue(config, field, note)
		if s.When != "" {
			e.whens[s.Name] = scopes[formStep].compileValue(s.When, "steps."+s.Name+".when", note)
		}
		for _, a := range actions {
			if a.Name == s.Action {
				e.types[s.Name] = reflect.TypeOf(a.Config)
			}
		}
		if e.types[s.Name] == nil {
			return nil, &ExpressionError{Where: field, Message: "there is no such action"}
		}
	}
	for _, name := range sortedKeys(p.Outputs) {
		e.outputs[name] = scopes[formOutput].compileValue(p.Outputs[name], "outputs."+name, note)
	}
	if first != nil {
		return nil, first
	}
	return e, nil
}

// addNodes makes the variables that hold nodes.
func (e *Evaluator) addNodes() {
	lists := map[string][]ref.Val{}
	for _, g := range e.plan.Groups {
		lists[g.Name] = nil
	}
	for _, spec := range e.plan.Nodes {
		node := newNode(spec, e.fact, e.disks)
		e.nodes[spec.Name] = node
		lists[spec.Group] = append(lists[spec.Group], node)
		lists["nodes"] = append(lists["nodes"], node)
	}
	for _, name := range sortedKeys(lists) {
		e.vars[name] = types.NewRefValList(adapter{}, lists[name])
	}
}

// Config evaluates all expressions in a step's configuration for one of its
// nodes. When facts that matter for the result are not known, they are returned
// as missing, and config is nil. The error is an *ExpressionError: what stands
// there is wrong, and stays so.
func (e *Evaluator) Config(step *Step, node string, facts Facts) (config json.RawMessage, missing []Missing, err error) {
	c, on := e.configs[step.Name], e.nodes[node]
	if c == nil || on == nil {
		return nil, nil, &ExpressionError{Where: "steps." + step.Name, Message: fmt.Sprintf("the plan has no such step, or no node %s", node)}
	}
	value, missing, err := e.evaluate(c, on, facts)
	if err != nil || len(missing) > 0 {
		return nil, missing, err
	}
	config, err = encode(value, e.types[step.Name], c.field)
	return config, nil, err
}

// When evaluates the condition of a step for one of its nodes: whether the step
// shall run there. As long as facts that it depends on are not known, they are
// returned as missing. The error is an *ExpressionError.
func (e *Evaluator) When(step *Step, node string, facts Facts) (wanted bool, missing []Missing, err error) {
	c := e.whens[step.Name]
	if c == nil {
		return true, nil, nil
	}
	value, missing, err := e.evaluate(c, e.nodes[node], facts)
	if err != nil || len(missing) > 0 {
		return false, missing, err
	}
	wanted, ok := value.(bool)
	if !ok {
		return false, nil, &ExpressionError{Where: c.field, Expression: strings.TrimSuffix(strings.TrimPrefix(step.When, "${"), "}"),
			Message: "its value is " + shorten(plain(value)) + ", and not true or false"}
	}
	return wanted, nil, nil
}

// Outputs evaluates the outputs of the blueprint; values is nil as long as
// facts are missing.
func (e *Evaluator) Outputs(facts Facts) (values map[string]any, missing []Missing, err error) {
	values = map[string]any{}
	for _, name := range sortedKeys(e.outputs) {
		value, lacking, err := e.evaluate(e.outputs[name], nil, facts)
		if err != nil {
			return nil, nil, err
		}
		values[name] = value
		missing = append(missing, lacking...)
	}
	if len(missing) > 0 {
		return nil, missing, nil
	}
	return values, nil, nil
}

// Constant evaluates a part of a configuration that depends on nothing but
// parameters. The result may take the part's place: an expression that a
// parameter's value looks like is escaped. Ok is false if the part depends on
// nodes, or cannot be evaluated.
func (e *Evaluator) Constant(part json.RawMessage) (value json.RawMessage, ok bool) {
	decoded, err := decodeAny(part)
	if err != nil {
		return nil, false
	}
	ok = true
	c := e.params.compileValue(decoded, "", func(*ExpressionError) { ok = false })
	if !ok {
		return nil, false
	}
	result, missing, err := e.evaluate(c, nil, nil)
	if err != nil || len(missing) > 0 {
		return nil, false
	}
	value, err = json.Marshal(escaped(result))
	return value, err == nil
}

// evaluate evaluates one value; node is what the variable of that name stands for.
func (e *Evaluator) evaluate(c *compiled, node ref.Val, facts Facts) (any, []Missing, error) {
	e.facts, e.lacked = facts, lacked{}
	if node != nil {
		e.vars["node"] = node
	}
	defer func() {
		delete(e.vars, "node")
		e.facts, e.lacked = nil, lacked{}
	}()
	r := &run{vars: e.vars, unknown: e.lacked.those}
	value, err := r.value(c)
	if err != nil {
		return nil, nil, err
	}
	return value, distinct(r.missing), nil
}
