package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"aiolos/deploy"
)

// input is what the arguments of deploy say.
type input struct {
	name, blueprint, provider string
	parameters                []string
}

// request makes a request of the input and a plan of the request, without
// knowing what exists. The error is an *deploy.InvalidError with all that can
// be known to be wrong before anything is started.
func (in input) request(actions []deploy.ActionType) (deploy.Request, *deploy.Plan, error) {
	request := deploy.Request{Provider: in.provider}
	var err, wrong error
	wrong = deploy.CheckName(in.name)
	request.Parameters, err = parameters(in.parameters)
	wrong = both(wrong, err)
	request.Blueprint, request.Source, err = source(in.blueprint)
	wrong = both(wrong, err)
	if err == nil {
		wrong = both(wrong, request.Check())
	}
	if wrong != nil {
		return request, nil, wrong
	}
	text := []byte(request.Source)
	if len(text) == 0 {
		text, _ = deploy.Builtin(request.Blueprint)
	}
	blueprint, err := deploy.ReadBlueprint(request.Blueprint, text, actions)
	if err != nil {
		return request, nil, err
	}
	plan, err := blueprint.Plan(in.name, request, request.Provider, nil)
	return request, plan, err
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

// parameters reads key=value pairs. Values stay text: the blueprint knows their types.
func parameters(pairs []string) (map[string]any, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	values := make(map[string]any, len(pairs))
	var problems []deploy.Problem
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		switch _, twice := values[key]; {
		case !ok || key == "":
			problems = append(problems, deploy.Problem{Field: "parameters", Value: pair, Allowed: "key=value, for example -p nodes=3"})
		case twice:
			problems = append(problems, deploy.Problem{Field: "parameters." + key, Value: value, Allowed: fmt.Sprintf("one value; it is %q already", values[key])})
		default:
			values[key] = value
		}
	}
	if len(problems) > 0 {
		return nil, &deploy.InvalidError{Problems: problems}
	}
	return values, nil
}

// source reads the blueprint that an argument names: a built-in one, or a file.
func source(argument string) (name, text string, err error) {
	if !isFile(argument) {
		return argument, "", nil
	}
	content, err := readFile(argument)
	if err != nil {
		return "", "", &deploy.InvalidError{Problems: []deploy.Problem{{Field: "blueprint", Value: argument, Allowed: allowedFile(err)}}}
	}
	// Whatever else the file holds, the reader of blueprints tells what is wrong with it.
	var head struct {
		Name string `yaml:"name"`
	}
	_ = yaml.Unmarshal(content, &head)
	return head.Name, string(content), nil
}

func isFile(argument string) bool {
	return strings.Contains(argument, "/") || strings.HasSuffix(argument, ".yaml") || strings.HasSuffix(argument, ".yml")
}

func allowedFile(err error) string {
	allowed := "a file with a blueprint, or the name of a built-in one: " + strings.Join(deploy.BuiltinNames(), ", ")
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Sprintf("%s (%v)", allowed, err)
}

// readFile reads no more of a file than a request may carry, and a byte to tell
// that there is more.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, deploy.MaxSourceBytes+1))
	if err != nil {
		return nil, err
	}
	if len(strings.TrimSpace(string(content))) == 0 {
		return nil, errors.New("the file is empty")
	}
	return content, nil
}
