package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/view"
)

// validated is what is found out about one blueprint.
type validated struct {
	File  string `json:"file"`
	Valid bool   `json:"valid"`
	Name  string `json:"name,omitempty"`
	// Parameters, Groups and Steps are how many there are.
	Parameters int `json:"parameters"`
	Groups     int `json:"groups"`
	Steps      int `json:"steps"`
	// Untried are the parameters without a value: what depends on them could
	// not be looked at.
	Untried  []string         `json:"untried,omitempty"`
	Problems []deploy.Problem `json:"problems,omitempty"`
}

// wrongBlueprintsError says that problems were told already.
type wrongBlueprintsError struct{ count int }

func (e *wrongBlueprintsError) Error() string { return fmt.Sprintf("%d blueprints are wrong", e.count) }

func (s *Setting) validateCommand() *cobra.Command {
	var given, counts []string
	cmd := &cobra.Command{
		Use:   "validate BLUEPRINT...",
		Short: "Say everything that is wrong with blueprints",
		Long: `Reads each BLUEPRINT and says everything that is wrong with it, a line for each
problem, as FILE:LINE:COLUMN: FIELD: what was found; what is allowed.

` + aboutBlueprint + `
A blueprint whose parameters all have a value is tried out, too: its groups are
counted, its expressions evaluated as far as they are known, and the files that
it names looked for. Parameters without a default get a value with -p.

The exit code is 2 if anything is wrong.`,
		Example: `  aiolos validate ./web.yaml
  aiolos validate blueprints/*.yaml --json
  aiolos validate ./old.xml -p node01.app.tag=v2`,
		Args: atLeast("BLUEPRINT"),
	}
	cmd.Flags().StringArrayVarP(&given, "parameter", "p", nil, "try it out with a parameter's value, as key=value; may be repeated")
	cmd.Flags().StringArrayVar(&counts, "count", nil, "short for -p ASSEMBLY.count=N, as ASSEMBLY=N; may be repeated")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		values, err := parameters(given, counts)
		if err != nil {
			return err
		}
		all, wrong := make([]validated, len(args)), 0
		for i, argument := range args {
			all[i] = s.validate(argument, values)
			if !all[i].Valid {
				wrong++
			}
		}
		if *asJSON {
			err = view.JSON(s.Out, all)
		} else {
			s.tellValidated(all)
		}
		if wrong > 0 {
			return &wrongBlueprintsError{wrong}
		}
		return err
	}
	return cmd
}

func (s *Setting) tellValidated(all []validated) {
	for _, v := range all {
		for _, p := range v.Problems {
			fmt.Fprintln(s.Err, view.Clean(located(v.File, p)))
		}
		if v.Valid {
			fmt.Fprintln(s.Out, view.Clean(v.line()))
		}
	}
}

// line says what a good blueprint is.
func (v validated) line() string {
	line := fmt.Sprintf("%s: blueprint %s: %s, %s, %s", v.File, v.Name,
		view.Count(v.Parameters, "parameter", "parameters"), view.Count(v.Groups, "group", "groups"), view.Count(v.Steps, "step", "steps"))
	if len(v.Untried) > 0 {
		line += "; not tried out without a value for " + strings.Join(v.Untried, ", ")
	}
	return line
}

// validate reads a blueprint, and tries it out if it can.
func (s *Setting) validate(argument string, values map[string]any) validated {
	v := validated{File: argument}
	err := s.examine(&v, values)
	var invalid *deploy.InvalidError
	if errors.As(err, &invalid) {
		v.Problems = invalid.Problems
	}
	v.Valid = err == nil
	return v
}

func (s *Setting) examine(v *validated, values map[string]any) error {
	from, err := readSource(v.File)
	if err != nil {
		return err
	}
	b, err := from.blueprint(s.Actions)
	if err != nil {
		return err
	}
	outline := b.Outline()
	v.Name, v.Parameters, v.Groups, v.Steps = b.Name, len(outline.Parameters), len(outline.Groups), len(outline.Steps)
	files, err := from.localFiles(b.Files())
	if err != nil {
		return err
	}
	request := deploy.Request{Blueprint: b.Name, Parameters: map[string]any{}, Files: files}
	for name, value := range values {
		request.Parameters[name] = value
	}
	for _, p := range b.Parameters {
		_, given := values[p.Name]
		switch {
		case p.Sensitive:
			request.Parameters[p.Name] = placeholder
		case !given && p.Default == nil:
			v.Untried = append(v.Untried, p.Name)
		}
	}
	if len(v.Untried) > 0 {
		return nil
	}
	_, err = from.plan(b, trial, request)
	return err
}

// trial is the name of a deployment that is only tried out.
const trial = "x"
