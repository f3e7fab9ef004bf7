package activities

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"aiolos/deploy"
	"aiolos/deploy/aeolus"
)

// PlanInput is a request with the name of the deployment that it is for.
type PlanInput struct {
	Deployment string         `json:"deployment"`
	Request    deploy.Request `json:"request"`
}

// Plan makes the plan of a deployment: it reads the blueprint, fills in the
// parameters, looks what exists, and fixes what moves (git tags to commits).
// Whatever is wrong with the request is said here, before anything is launched.
func (d *Deeds) Plan(ctx context.Context, in PlanInput) (*deploy.Plan, error) {
	h := startHeart(ctx)
	defer h.stop()
	preview, err := d.plan(ctx, in)
	if err == nil {
		preview.Plan.Notify = d.wanted()
		if d.Searchable != nil {
			preview.Plan.Searchable = d.Searchable(ctx)
		}
	}
	return preview.Plan, translate(err, "", "")
}

// Preview makes the plan of a deployment and tells what exists of it.
func (d *Deeds) Preview(ctx context.Context, in PlanInput) (deploy.Preview, error) {
	h := startHeart(ctx)
	defer h.stop()
	preview, err := d.plan(ctx, in)
	return preview, translate(err, "", "")
}

func (d *Deeds) plan(ctx context.Context, in PlanInput) (deploy.Preview, error) {
	if err := deploy.CheckName(in.Deployment); err != nil {
		return deploy.Preview{}, err
	}
	if err := in.Request.Check(); err != nil {
		return deploy.Preview{}, err
	}
	name, provider, err := d.provider(in.Request.Provider)
	if err != nil {
		return deploy.Preview{}, err
	}
	text := []byte(in.Request.Source)
	if len(text) == 0 {
		text, _ = deploy.Builtin(in.Request.Blueprint)
	}
	blueprint, err := aeolus.ReadBlueprint(in.Request.Blueprint, text, Types())
	if err != nil {
		return deploy.Preview{}, err
	}
	if err := d.checkSensitive(in.Deployment, blueprint, in.Request); err != nil {
		return deploy.Preview{}, err
	}
	existing, err := provider.Find(ctx, in.Deployment)
	if err != nil {
		return deploy.Preview{}, err
	}
	plan, err := blueprint.PlanWith(in.Deployment, in.Request, deploy.Supply{Provider: name, Existing: existing, Disks: provider.Disks()})
	if err != nil {
		return deploy.Preview{}, err
	}
	if err := checkMapped(plan, name, provider); err != nil {
		return deploy.Preview{}, err
	}
	if err := checkScale(plan, in.Request); err != nil {
		return deploy.Preview{}, err
	}
	if err := d.pin(ctx, plan); err != nil {
		return deploy.Preview{}, err
	}
	return deploy.Preview{Plan: plan, Existing: existing}, plan.CheckSize()
}

// checkSensitive opens the sensitive parameters, to refuse what the blueprint
// does not allow, or what was sealed for another deployment or worker, before
// anything is launched.
func (d *Deeds) checkSensitive(deployment string, b *deploy.Blueprint, request deploy.Request) error {
	var problems []deploy.Problem
	for i := range b.Parameters {
		p := &b.Parameters[i]
		sealed, ok := request.Parameters[p.Name].(string)
		if !p.Sensitive || !ok || !deploy.IsSealed(sealed) {
			continue // the plan tells what is missing, or not sealed
		}
		plain, err := d.Secrets.Open(deployment, sealed)
		if err != nil {
			problems = append(problems, deploy.Problem{Field: "parameters." + p.Name, Value: deploy.Hidden, Allowed: "a value sealed for this deployment with this worker's key: " + err.Error()})
			continue
		}
		if _, ok := p.Value(string(plain)); !ok {
			problems = append(problems, deploy.Problem{Field: "parameters." + p.Name, Value: deploy.Hidden, Allowed: p.Allowed()})
		}
	}
	if len(problems) > 0 {
		return &deploy.InvalidError{Problems: problems}
	}
	return nil
}

// provider returns the provider of that name, the default one where it is empty,
// with its name; or says which there are.
func (d *Deeds) provider(name string) (string, Provider, error) {
	if name == "" {
		name = d.DefaultProvider
	}
	if p, ok := d.Providers[name]; ok {
		return name, p, nil
	}
	known := slices.Sorted(maps.Keys(d.Providers))
	return "", nil, &deploy.InvalidError{Problems: []deploy.Problem{{
		Field: "provider", Value: name, Allowed: "one that the worker is configured with: " + strings.Join(known, ", "),
	}}}
}

// checkMapped refuses a profile or an image that the operator has not mapped.
func checkMapped(plan *deploy.Plan, name string, provider Provider) error {
	var problems []deploy.Problem
	check := func(field, value string, known []string) {
		if !slices.Contains(known, value) && !slices.Contains(known, "*") {
			problems = append(problems, deploy.Problem{
				Field: field, Value: value, Allowed: "one that the worker maps for provider " + name + ": " + strings.Join(known, ", "),
			})
		}
	}
	for _, g := range plan.Groups {
		check("groups."+g.Name+".profile", g.Profile, provider.Profiles())
		if g.Image != "" {
			check("groups."+g.Name+".image", g.Image, provider.Images())
		}
	}
	if len(problems) > 0 {
		return &deploy.InvalidError{Problems: problems}
	}
	return nil
}

// pin lets each action fix what its configuration names outside the deployment.
func (d *Deeds) pin(ctx context.Context, plan *deploy.Plan) error {
	pins := map[string]func(context.Context, *Deeds, map[string]json.RawMessage) error{}
	for _, a := range Actions() {
		if a.Pin != nil {
			pins[a.Name] = a.Pin
		}
	}
	var constant *deploy.Evaluator
	for i := range plan.Steps {
		step := &plan.Steps[i]
		pin := pins[step.Action]
		if pin == nil {
			continue
		}
		if constant == nil {
			var err error
			if constant, err = plan.Evaluator(Types()); err != nil {
				return err
			}
		}
		var config map[string]json.RawMessage
		if err := json.Unmarshal(step.Config, &config); err != nil {
			return err
		}
		for _, field := range sortedNames(config) {
			config[field] = settle(constant, config[field])
		}
		if err := pin(ctx, d, config); err != nil {
			return err
		}
		text, err := json.Marshal(config)
		if err != nil {
			return err
		}
		step.Config = text
	}
	return nil
}

// settle evaluates the parts of a configuration that only depend on parameters.
func settle(e *deploy.Evaluator, part json.RawMessage) json.RawMessage {
	if known, ok := e.Constant(part); ok {
		return known
	}
	var fields map[string]json.RawMessage
	var items []json.RawMessage
	var settled any
	switch {
	case json.Unmarshal(part, &fields) == nil:
		for _, name := range sortedNames(fields) {
			fields[name] = settle(e, fields[name])
		}
		settled = fields
	case json.Unmarshal(part, &items) == nil:
		for i := range items {
			items[i] = settle(e, items[i])
		}
		settled = items
	default:
		return part
	}
	text, err := json.Marshal(settled)
	if err != nil {
		return part
	}
	return text
}

// sortedNames returns a map's keys in order.
func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
