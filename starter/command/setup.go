package command

import (
	"strings"

	"github.com/spf13/cobra"

	"aiolos/starter/operation"
	"aiolos/starter/view"
)

func (s *Setting) setupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Prepare a Temporal namespace: register the search attributes",
		Long: `Registers the search attributes of deployments in the namespace that the
environment names, those that it lacks. A worker needs them; a lab has them. It
takes the right to administer the namespace, and can be done again.`,
		Example: `  TEMPORAL_ADDRESS=temporal.example.org:7233 aiolos setup`,
		Args:    wants(),
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return s.connect(cmd.Context(), func(t operation.Temporal) error {
			added, err := operation.Setup(cmd.Context(), t)
			switch {
			case err != nil:
				return err
			case *asJSON:
				return view.JSON(s.Out, map[string]any{"added": added})
			case len(added) == 0:
				return told(s.Out, "All search attributes are there.")
			}
			return told(s.Out, "Registered the search attributes "+strings.Join(added, ", ")+".")
		})
	}
	return cmd
}
