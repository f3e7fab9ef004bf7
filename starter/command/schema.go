package command

import (
	"slices"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/deploy/schema"
)

func (s *Setting) schemaCommand() *cobra.Command {
	kinds := []string{"blueprint", "request", "outcome"}
	return &cobra.Command{
		Use:   "schema blueprint|request|outcome",
		Short: "Print the JSON Schema of blueprints, requests or outcomes",
		Long: `Prints the JSON Schema of a blueprint, of the request that starts Deploy (and in
its $defs that of Destroy), or of the outcome that they return. With it, editors complete blueprints and mark
mistakes, and programs check what they send.

An editor that uses the YAML language server takes it from a comment on top:
# yaml-language-server: $schema=./blueprint.schema.json`,
		Example: `  aiolos schema blueprint > blueprint.schema.json
  aiolos schema request > request.schema.json`,
		Args:      wants("blueprint|request|outcome"),
		ValidArgs: kinds,
		RunE: func(_ *cobra.Command, args []string) error {
			var text []byte
			var err error
			switch i := slices.Index(kinds, args[0]); i {
			case 0:
				text, err = schema.Blueprint(s.Actions)
			case 1:
				text, err = schema.Request()
			case 2:
				text, err = schema.Outcome()
			default:
				return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "schema", Value: args[0], Allowed: deploy.Suggest(args[0], kinds)}}}
			}
			if err != nil {
				return err
			}
			_, err = s.Out.Write(text)
			return err
		},
	}
}
