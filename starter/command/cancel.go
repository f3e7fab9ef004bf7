package command

import (
	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

func (s *Setting) cancelCommand() *cobra.Command {
	var detach, asJSON bool
	cmd := &cobra.Command{
		Use:   "cancel NAME",
		Short: "End the operation that runs on a deployment, now",
		Long: `Ends the operation that runs on the deployment NAME: commands that run on nodes are
stopped, with all that they started, politely first. Cancelling is a failure like any
other: with --on-failure rollback, what the operation had made is unmade; otherwise
what was made stays, and aiolos replay takes it up again.

The operation is followed to its end, and the exit code is that of one that failed, 1.`,
		Example: "  aiolos cancel demo",
		Args:    wants("NAME"),
	}
	cmd.Flags().BoolVar(&detach, "detach", false, "return once it is recorded")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON on standard output")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name := args[0]
		if err := deploy.CheckName(name); err != nil {
			return s.failed(name, err, asJSON)
		}
		ctx := cmd.Context()
		return s.connect(ctx, func(t operation.Temporal) error {
			run, err := operation.Cancel(ctx, t, name)
			if err != nil {
				return s.failed(name, err, asJSON)
			}
			if !detach {
				return s.follow(ctx, t, run, asJSON)
			}
			if asJSON {
				return view.JSON(s.Out, map[string]string{"deployment": name, "recorded": "the request to cancel"})
			}
			return told(s.Out, "It is asked to end.")
		})
	}
	return cmd
}
