package command

import (
	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/view"
)

func (s *Setting) blueprintsCommand() *cobra.Command {
	var text bool
	cmd := &cobra.Command{
		Use:   "blueprints [BLUEPRINT]",
		Short: "List the built-in blueprints, or show one",
		Long: `Lists the built-in blueprints. With BLUEPRINT, shows what that deploys: its
parameters with their types, defaults and allowed values, its groups and steps.

` + aboutBlueprint,
		Example: `  aiolos blueprints
  aiolos blueprints glusterfs
  aiolos blueprints glusterfs --text > pool.yaml    # to start one's own from`,
		Args: atMost("BLUEPRINT"),
	}
	cmd.Flags().BoolVar(&text, "text", false, "print the blueprint itself")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case text && *asJSON:
			return &usageError{cmd, "either --text or --json"}
		case len(args) == 0 && text:
			return &usageError{cmd, "BLUEPRINT is missing: --text prints one"}
		case len(args) == 0:
			return s.listBlueprints(*asJSON)
		}
		from, err := readSource(args[0])
		if err != nil {
			return err
		}
		if text {
			_, err := s.Out.Write(from.text)
			return err
		}
		b, err := from.blueprint(s.Actions)
		if err != nil {
			return err
		}
		if *asJSON {
			return view.JSON(s.Out, view.Described(b.Outline()))
		}
		view.Blueprint(s.Out, b.Outline())
		return nil
	}
	return cmd
}

func (s *Setting) listBlueprints(asJSON bool) error {
	var all []deploy.Outline
	for _, name := range deploy.BuiltinNames() {
		from, err := readSource(name)
		if err != nil {
			return err
		}
		b, err := from.blueprint(s.Actions)
		if err != nil {
			return err
		}
		all = append(all, b.Outline())
	}
	if asJSON {
		return view.JSON(s.Out, view.Summaries(all))
	}
	view.Blueprints(s.Out, all)
	return nil
}
