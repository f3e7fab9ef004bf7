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
takes the right to administer the namespace, and can be done again.

With --retention, a namespace that does not exist is made first, and remembers for
that long what has ended, at least a day. One that exists keeps its own.`,
		Example: `  TEMPORAL_ADDRESS=temporal.example.org:7233 aiolos setup
  aiolos setup --retention 720h`,
		Args: wants(),
	}
	asJSON := jsonFlag(cmd)
	retention := cmd.Flags().Duration("retention", 0, "make the namespace where there is none, with this retention, such as 720h")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return s.connect(cmd.Context(), func(t operation.Temporal) error {
			if *retention > 0 {
				if _, err := operation.EnsureNamespace(cmd.Context(), t, *retention); err != nil {
					return err
				}
			}
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
