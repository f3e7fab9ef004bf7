package command

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aiolos/deploy"
)

// input is what the arguments of deploy and plan say.
type input struct {
	name, blueprint, provider, onFailure string
	parameters, counts                   []string
	check                                bool
}

// flags gives a command the flags that make a request.
func (in *input) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&in.parameters, "parameter", "p", nil, "give a parameter a value, as key=value; may be repeated")
	flags.StringArrayVar(&in.counts, "count", nil, "make so many nodes of an assembly, as ASSEMBLY=N; short for -p ASSEMBLY.count=N; may be repeated")
	flags.StringVar(&in.provider, "provider", "", "where nodes come from (the worker's default unless given)")
}

// prepared is a request that was found good, as far as can be told without
// knowing what exists.
type prepared struct {
	request deploy.Request
	plan    *deploy.Plan
	secrets secrets
}

// prepare makes a request of the input and a plan of the request. The error is an
// *deploy.InvalidError, or wraps one, with all that can be known to be wrong
// before anything is started.
func (s *Setting) prepare(ctx context.Context, in input) (prepared, error) {
	var p prepared
	values, wrong := parameters(in.parameters, in.counts)
	from, err := readSource(in.blueprint)
	wrong = both(deploy.CheckName(in.name), both(wrong, both(err, both(providerOnly(in.provider), onFailureOnly(in.onFailure)))))
	if wrong != nil {
		return p, wrong
	}
	blueprint, err := from.blueprint(s.Actions)
	if err != nil {
		return p, err
	}
	p.request = deploy.Request{Blueprint: blueprint.Name, Provider: in.provider, OnFailure: in.onFailure, Parameters: values}
	if in.check {
		p.request.Mode = deploy.ModeCheck
	}
	if from.file {
		p.request.Source = from.sent()
	}
	var open []*deploy.Parameter
	p.request.Files, wrong = from.localFiles(blueprint.Files())
	p.secrets, open, err = s.takeSecrets(blueprint, values)
	wrong = both(wrong, err)
	if len(open) > 0 && s.Ask == nil {
		wrong = both(wrong, missing(open))
	}
	if wrong != nil {
		// What is wrong beside it is told as well, as if the files were there.
		stand := p.request
		stand.Files = map[string][]byte{}
		for _, name := range blueprint.Files() {
			stand.Files[name] = nil
		}
		_, err := from.plan(blueprint, in.name, stand)
		return p, both(wrong, err)
	}
	if p.plan, err = from.plan(blueprint, in.name, p.request); err != nil {
		return p, err
	}
	if len(values) == 0 {
		p.request.Parameters = nil
	}
	return p, s.ask(ctx, open, p.secrets)
}

// plan makes a plan without knowing what exists.
func (s source) plan(b *deploy.Blueprint, name string, request deploy.Request) (*deploy.Plan, error) {
	plan, err := b.Plan(name, request, request.Provider, nil)
	var invalid *deploy.InvalidError
	if errors.As(err, &invalid) && s.translated() {
		for i := range invalid.Problems {
			invalid.Problems[i].Line, invalid.Problems[i].Column = 0, 0
		}
	}
	return plan, s.wrap(err)
}

// providerOnly checks the name of a provider.
func providerOnly(name string) error { return deploy.DestroyRequest{Provider: name}.Check() }

// onFailureOnly checks what shall happen when a step fails for good.
func onFailureOnly(choice string) error {
	if choice == "" || slices.Contains(deploy.OnFailures, choice) {
		return nil
	}
	return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "on-failure", Value: choice, Allowed: strings.Join(deploy.OnFailures, ", ")}}}
}

// both puts the problems of two errors together.
func both(a, b error) error {
	var first, second *deploy.InvalidError
	if errors.As(a, &first) && errors.As(b, &second) {
		return &deploy.InvalidError{Problems: append(first.Problems, second.Problems...)}
	}
	if a != nil {
		return a
	}
	return b
}

// parameters reads key=value pairs and numbers of nodes. Values stay text: the
// blueprint knows their types.
func parameters(pairs, counts []string) (map[string]any, error) {
	values := map[string]any{}
	var problems []deploy.Problem
	add := func(field, pair, example, ending string) {
		key, value, ok := strings.Cut(pair, "=")
		_, twice := values[key+ending]
		switch {
		case !ok || key == "":
			problems = append(problems, deploy.Problem{Field: field, Value: pair, Allowed: example})
		case twice:
			// Neither value is shown: it may be a password.
			problems = append(problems, deploy.Problem{Field: "parameters." + key + ending, Value: "a second value", Allowed: "one value"})
		default:
			values[key+ending] = value
		}
	}
	for _, pair := range pairs {
		add("parameters", pair, "key=value, for example -p nodes=3", "")
	}
	for _, pair := range counts {
		add("count", pair, "ASSEMBLY=N, for example --count web=3", ".count")
	}
	if len(problems) > 0 {
		return nil, &deploy.InvalidError{Problems: problems}
	}
	return values, nil
}
