package command

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"aiolos/deploy"
	"aiolos/internal/seal"
	"aiolos/starter/operation"
)

// secrets are the values of sensitive parameters, in plain text. They are sealed
// before anything is sent, and never printed.
type secrets map[string]string

// placeholder stands for a sensitive value where only its being there matters.
var placeholder = deploy.Sealed("placeholder")

// variable is the variable of the environment that a sensitive parameter's value
// may come from: names of variables have no dots, slashes, spaces or hyphens.
func variable(parameter string) string {
	return parameterVariable + strings.Map(func(r rune) rune {
		if strings.ContainsRune("./ -", r) {
			return '_'
		}
		return r
	}, parameter)
}

// takeSecrets takes the sensitive values out of those that were given, and those
// of the environment, and leaves placeholders. It returns which parameters have
// no value yet. The error is an *deploy.InvalidError.
func (s *Setting) takeSecrets(b *deploy.Blueprint, values map[string]any) (found secrets, open []*deploy.Parameter, err error) {
	found = secrets{}
	invalid := &deploy.InvalidError{}
	for i := range b.Parameters {
		p := &b.Parameters[i]
		if !p.Sensitive {
			continue
		}
		value, given := values[p.Name].(string)
		values[p.Name] = placeholder
		switch {
		case given && deploy.IsSealed(value):
			values[p.Name] = value // sealed by somebody else, for the worker to judge
			continue
		case given:
			fmt.Fprintf(s.Err, "The value of %s now stands in the shell's history and in the list of processes; leave it out to be asked for it, or put it into %s.\n", p.Name, variable(p.Name))
		default:
			value = s.Getenv(variable(p.Name))
		}
		if !given && value == "" {
			open = append(open, p)
			continue
		}
		if problem := checkSecret(p, value); problem != nil {
			invalid.Problems = append(invalid.Problems, *problem)
		}
		found[p.Name] = value
	}
	if len(found)+len(open) > 0 {
		hideUnknown(b, values)
	}
	if len(invalid.Problems) > 0 {
		return nil, nil, invalid
	}
	return found, open, nil
}

// hideUnknown hides the values of parameters that there are not: the name may be
// that of a sensitive one, mistyped, and the value will be in the error.
func hideUnknown(b *deploy.Blueprint, values map[string]any) {
	for name := range values {
		if !slices.ContainsFunc(b.Parameters, func(p deploy.Parameter) bool { return p.Name == name }) {
			values[name] = deploy.Hidden
		}
	}
}

// checkSecret says what is wrong with a value, without showing it.
func checkSecret(p *deploy.Parameter, value string) *deploy.Problem {
	if len(value) > seal.MaxPlain {
		return &deploy.Problem{Field: "parameters." + p.Name, Value: deploy.Hidden, Allowed: fmt.Sprintf("at most %d bytes", seal.MaxPlain)}
	}
	if _, ok := p.Value(value); !ok {
		return &deploy.Problem{Field: "parameters." + p.Name, Value: deploy.Hidden, Allowed: p.Allowed()}
	}
	return nil
}

// missing says which sensitive parameters have no value, and how to give them one.
func missing(open []*deploy.Parameter) error {
	invalid := &deploy.InvalidError{}
	for _, p := range open {
		invalid.Problems = append(invalid.Problems, deploy.Problem{
			Field: "parameters." + p.Name, Allowed: p.Allowed() + "; it is sensitive: put it into the environment as " + variable(p.Name) + ", or start this on a terminal to be asked",
		})
	}
	return invalid
}

// ask asks a person for each value that is open.
func (s *Setting) ask(ctx context.Context, open []*deploy.Parameter, found secrets) error {
	for _, p := range open {
		prompt := p.Name
		if p.Description != "" {
			prompt += " (" + p.Description + ")"
		}
		value, err := s.Ask(ctx, prompt+": ")
		if err != nil {
			return err
		}
		if value == "" {
			return missing([]*deploy.Parameter{p})
		}
		if problem := checkSecret(p, value); problem != nil {
			return &deploy.InvalidError{Problems: []deploy.Problem{*problem}}
		}
		found[p.Name] = value
	}
	return nil
}

// seal puts the sealed values into the request. Nobody but the worker can open
// them, and only for this deployment.
func (s secrets) seal(ctx context.Context, t operation.Temporal, queue, deployment string, request *deploy.Request) error {
	if len(s) == 0 {
		return nil
	}
	values, err := operation.Seal(ctx, t, queue, deployment, s)
	if err != nil {
		return err
	}
	sealed := maps.Clone(request.Parameters)
	for name, value := range values {
		sealed[name] = value
	}
	request.Parameters = sealed
	return nil
}
