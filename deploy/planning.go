package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// maxPlanNodes bounds the nodes of a deployment. maxPlan bounds the plan as
// JSON: Temporal takes 2 MiB, and an envelope comes around it.
const (
	maxPlanNodes = 10_000
	maxPlan      = 2<<20 - 64<<10
)

// planner makes one plan.
type planner struct {
	problems
	blueprint *Blueprint
	plan      *Plan
	existing  []Instance
	disks     map[string][]Disk
	run       run
	evaluator *Evaluator
	// checking says that the plan is only compared with: nodes that exist may be
	// left out, since none is removed.
	checking bool
}

// Plan fills in the parameters and makes the plan of a deployment. Existing
// are the machines that the provider has of it: a plan never leaves one of them
// out. The error is an *InvalidError with everything that is wrong.
func (b *Blueprint) Plan(deployment string, req Request, provider string, existing []Instance) (*Plan, error) {
	return b.PlanWith(deployment, req, Supply{Provider: provider, Existing: existing})
}

// Supply is what a provider has for a deployment.
type Supply struct {
	// Provider is its name.
	Provider string
	// Existing are the machines of the deployment that there are.
	Existing []Instance
	// Disks are the data disks that come with a hardware profile, by its name,
	// for groups of which the blueprint does not say which disks they have.
	Disks map[string][]Disk
}

// PlanWith is Plan with all that a provider has.
func (b *Blueprint) PlanWith(deployment string, req Request, supply Supply) (*Plan, error) {
	if err := CheckName(deployment); err != nil {
		return nil, err
	}
	p := &planner{blueprint: b, existing: supply.Existing, disks: supply.Disks, checking: req.Mode == ModeCheck, plan: &Plan{
		Deployment: deployment, Blueprint: b.Name, Digest: b.Digest, Provider: supply.Provider,
		Parameters: map[string]any{}, ParameterTypes: map[string]ParameterType{}, Outputs: map[string]string{},
	}}
	for _, i := range supply.Existing {
		p.plan.Existing = append(p.plan.Existing, i.Node)
	}
	slices.Sort(p.plan.Existing)
	// Each phase needs what the one before it found.
	fill := func() {
		p.fillParameters(req.Parameters)
		p.checkFiles(req.Files)
	}
	for _, phase := range []func(){fill, p.makeGroups, p.makeSteps, p.measure, p.tryOut, p.checkWaiting} {
		if phase(); len(p.list) > 0 {
			return nil, p.err()
		}
	}
	return p.plan, nil
}

// fillParameters takes the values that were given, and else the defaults.
func (p *planner) fillParameters(given map[string]any) {
	var names []string
	for i := range p.blueprint.Parameters {
		param := &p.blueprint.Parameters[i]
		names = append(names, param.Name)
		value, isGiven := given[param.Name]
		switch {
		case isGiven:
			value = p.givenParameter(param, value)
		case param.Default == nil:
			p.add(position{}, "parameters."+param.Name, "", "%s", param.Allowed())
		default:
			value = param.Default
		}
		p.plan.Parameters[param.Name] = value
		p.plan.ParameterTypes[param.Name] = param.seen()
	}
	for _, name := range sortedKeys(given) {
		if !slices.Contains(names, name) {
			p.add(position{}, "parameters."+shorten(name), shown(given[name]), "a parameter of %s: %s", p.blueprint.Name, suggest(name, names))
		}
	}
}

// givenParameter checks a value that was given.
func (p *planner) givenParameter(param *Parameter, value any) any {
	field := "parameters." + param.Name
	if param.Sensitive {
		text, ok := value.(string)
		if !ok || !IsSealed(text) {
			p.add(position{}, field, Hidden, "a sealed value, as `aiolos deploy` makes one: in plain text it would stand in the history")
			return nil
		}
		return text
	}
	checked, ok := param.Value(value)
	if !ok {
		p.add(position{}, field, shown(value), "%s", param.Allowed())
	}
	return checked
}

// condition writes a condition as an expression.
func condition(value any) string {
	if b, ok := value.(bool); ok {
		return fmt.Sprintf("${%t}", b)
	}
	return plain(value)
}

// makeSteps puts the steps in order.
func (p *planner) makeSteps() {
	// A blueprint whose needs go in a circle was refused when it was read.
	ordered, _ := inOrder(p.blueprint.steps)
	nodes, chooser := map[string][]string{}, newChooser(p)
	for _, spec := range ordered {
		nodes[spec.name] = p.nodesOf(spec, chooser)
	}
	for _, spec := range ordered {
		// A map of the document's own values: it can always be written.
		config, _ := json.Marshal(spec.config)
		step := Step{Name: spec.name, Nodes: nodes[spec.name], Timeout: spec.timeout, Retry: spec.retry, Action: spec.action, Config: config}
		if spec.when != nil {
			step.When = condition(spec.when.value)
		}
		if spec.parallel != nil {
			step.Parallel = int(p.integer(*spec.parallel, maxPlanNodes))
		}
		for _, need := range spec.needs {
			step.Needs = append(step.Needs, p.need(need, step, nodes[need.step]))
		}
		p.plan.Steps = append(p.plan.Steps, step)
	}
	if len(p.list) > 0 {
		return
	}
	number(p.plan.Steps)
	for _, o := range p.blueprint.outputs {
		p.plan.Outputs[o.name] = o.value
	}
}

// measure refuses a plan that does not fit into the history.
func (p *planner) measure() {
	var invalid *InvalidError
	if errors.As(p.plan.CheckSize(), &invalid) {
		p.list = append(p.list, invalid.Problems...)
	}
}

// CheckSize says whether the plan fits into the history. What is pinned makes
// it larger than it was when it was made. The error is an *InvalidError.
func (p *Plan) CheckSize() error {
	text, err := json.Marshal(p)
	if err == nil && len(text) <= maxPlan {
		return nil
	}
	var wrong problems
	wrong.add(position{}, "blueprint", fmt.Sprintf("a plan of %d nodes and %d bytes", len(p.Nodes), len(text)),
		"at most %d bytes: fewer nodes, fewer steps or less text", maxPlan)
	return wrong.err()
}

// need fills in what the blueprint leaves open: a step that is done on each of
// this step's nodes is needed on the own one, any other on all of its nodes.
func (p *planner) need(spec needSpec, step Step, on []string) Need {
	done := make(map[string]bool, len(on))
	for _, name := range on {
		done[name] = true
	}
	own := !slices.ContainsFunc(step.Nodes, func(name string) bool { return !done[name] })
	switch {
	case spec.number != nil:
		return Need{Step: spec.step, Of: strconv.FormatInt(p.integer(*spec.number, int64(len(on))), 10)}
	case spec.of == NeedOwn && !own:
		p.add(spec.at, spec.field, spec.of, "all, any or a number: %s does not run on every node that %s runs on", spec.step, step.Name)
	case spec.of == NeedAny && len(on) == 0:
		p.add(spec.at, spec.field, spec.of, "a step that runs anywhere: the nodes that %s runs on are none", spec.step)
	case spec.of == "" && own:
		return Need{Step: spec.step, Of: NeedOwn}
	case spec.of == "":
		return Need{Step: spec.step, Of: NeedAll}
	}
	return Need{Step: spec.step, Of: spec.of}
}
