package command

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/workflows"
)

func (s *Setting) retryCommand() *cobra.Command {
	var d decision
	var retry workflows.Retry
	var changed []string
	cmd := &cobra.Command{
		Use:   "retry NAME [STEP]",
		Short: "Attempt again what failed in a deployment that needs attention",
		Long: `Attempts the failed steps of the deployment NAME again: all of them, or STEP, or
what failed on one node. Parameters can be changed before, as long as they change
neither the nodes nor the steps. What succeeded is not done again.

Sensitive parameters are sealed as by deploy; given without a value, as in
-p password=, one is asked for, or taken from the environment.
` + aboutDecisions,
		Example: `  aiolos retry demo
  aiolos retry demo configure --node storage-1
  aiolos retry web fetch -p version=1.4.2`,
		Args: nameAndMaybe,
	}
	cmd.Flags().StringVar(&retry.Node, "node", "", "only what failed on this node")
	cmd.Flags().StringArrayVarP(&changed, "parameter", "p", nil, "change a parameter before, as key=value; may be repeated")
	d.flags(s, cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 2 {
			retry.Step = args[1]
		}
		retry.By = d.by
		values, err := parameters(changed, nil)
		if err != nil {
			return s.failed(args[0], err, d.asJSON)
		}
		return s.send(cmd, d, args[0], workflows.RetryUpdate, func(t operation.Temporal) (any, error) {
			if len(values) == 0 {
				return retry, nil
			}
			var err error
			retry.Parameters, err = s.changes(cmd.Context(), t, args[0], values)
			return retry, err
		})
	}
	return cmd
}

// nameAndMaybe takes a deployment's name, and perhaps one of its steps.
func nameAndMaybe(cmd *cobra.Command, args []string) error {
	if len(args) == 2 {
		return nil
	}
	return wants("NAME")(cmd, args)
}

// changes checks changed parameters against the deployment's blueprint, and
// seals those that are sensitive.
func (s *Setting) changes(ctx context.Context, t operation.Temporal, name string, values map[string]any) (map[string]any, error) {
	request, queue, err := operation.Requested(ctx, t, name)
	if err != nil {
		return nil, err
	}
	full, err := requested(request).blueprint(s.Actions)
	if err != nil {
		return nil, err
	}
	// What is not changed is not asked for.
	b := *full
	b.Parameters = slices.DeleteFunc(slices.Clone(full.Parameters), func(p deploy.Parameter) bool { _, given := values[p.Name]; return !given })
	for _, p := range b.Parameters {
		if p.Sensitive && values[p.Name] == "" {
			delete(values, p.Name)
		}
	}
	found, open, err := s.takeSecrets(&b, values)
	if err = both(err, checkChanges(full, values)); err != nil {
		return nil, err
	}
	if len(open) > 0 && s.Ask == nil {
		return nil, missing(open)
	}
	if err := s.ask(ctx, open, found); err != nil {
		return nil, err
	}
	request.Parameters = values
	if err := found.seal(ctx, t, queue, name, &request); err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	return request.Parameters, nil
}

// checkChanges finds parameters that there are not, and values that they cannot have.
func checkChanges(b *deploy.Blueprint, values map[string]any) error {
	invalid := &deploy.InvalidError{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		at := slices.IndexFunc(b.Parameters, func(p deploy.Parameter) bool { return p.Name == name })
		if at < 0 {
			var names []string
			for _, p := range b.Parameters {
				names = append(names, p.Name)
			}
			invalid.Problems = append(invalid.Problems, deploy.Problem{Field: "parameters." + name, Value: fmt.Sprint(values[name]), Allowed: deploy.Suggest(name, names)})
			continue
		}
		if p := &b.Parameters[at]; !p.Sensitive {
			if _, ok := p.Value(values[name]); !ok {
				invalid.Problems = append(invalid.Problems, deploy.Problem{Field: "parameters." + name, Value: fmt.Sprint(values[name]), Allowed: p.Allowed()})
			}
		}
	}
	if len(invalid.Problems) > 0 {
		return invalid
	}
	return nil
}
