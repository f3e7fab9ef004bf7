package command

import (
	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/deploy/aeolus"
)

func (s *Setting) convertCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "convert FILE",
		Short: "Print an Aeolus deployable as a blueprint in YAML",
		Long: `Prints the Aeolus deployable in FILE (XML, version 1.0) as a blueprint in YAML,
which plans and runs alike. A deployable need not be converted to be deployed.`,
		Example: `  aiolos convert ./old.xml > new.yaml`,
		Args:    wants("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			from := source{argument: args[0], file: true}
			var err error
			if from.text, err = readFile(args[0]); err != nil {
				return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "deployable", Value: args[0], Allowed: "a file with an Aeolus deployable (" + cause(err).Error() + ")"}}}
			}
			if !aeolus.Is(from.text) {
				return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "deployable", Value: args[0], Allowed: "a file with an Aeolus deployable, in XML"}}}
			}
			text, err := aeolus.Translate(from.text)
			if err != nil {
				return from.wrap(err)
			}
			_, err = s.Out.Write(text)
			return err
		},
	}
}
