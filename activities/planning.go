package activities

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"aiolos/deploy"
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
	plan, err := d.plan(ctx, in)
	return plan, translate(err, "", "")
}

func (d *Deeds) plan(ctx context.Context, in PlanInput) (*deploy.Plan, error) {
	if err := deploy.CheckName(in.Deployment); err != nil {
		return nil, err
	}
	if err := in.Request.Check(); err != nil {
		return nil, err
	}
	name, provider, err := d.provider(in.Request.Provider)
	if err != nil {
		return nil, err
	}
	text := []byte(in.Request.Source)
	if len(text) == 0 {
		text, _ = deploy.Builtin(in.Request.Blueprint)
	}
	blueprint, err := deploy.ReadBlueprint(in.Request.Blueprint, text, Types())
	if err != nil {
		return nil, err
	}
	existing, err := provider.Find(ctx, in.Deployment)
	if err != nil {
		return nil, err
	}
	plan, err := blueprint.Plan(in.Deployment, in.Request, name, existing)
	if err != nil {
		return nil, err
	}
	if err := checkProfiles(plan, name, provider.Profiles()); err != nil {
		return nil, err
	}
	return plan, d.pin(ctx, plan)
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

// checkProfiles refuses a profile that the operator has not mapped.
func checkProfiles(plan *deploy.Plan, provider string, known []string) error {
	var problems []deploy.Problem
	for _, g := range plan.Groups {
		if !slices.Contains(known, g.Profile) {
			problems = append(problems, deploy.Problem{
				Field: "groups." + g.Name + ".profile", Value: g.Profile,
				Allowed: "one that the worker maps for provider " + provider + ": " + strings.Join(known, ", "),
			})
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
		for field, value := range config {
			if known, ok := constant.Constant(value); ok {
				config[field] = known
			}
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
