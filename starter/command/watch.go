package command

import (
	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

func (s *Setting) watchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "watch NAME",
		Short: "Follow the newest operation on a deployment to its end",
		Long: `Follows the newest operation on the deployment NAME to its end, and ends as that
does: with its outcome and its exit code. One that has ended already is told at
once. Ctrl-C only ends the watching (exit code 130).`,
		Example: "  aiolos watch demo",
		Args:    wants("NAME"),
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := deploy.CheckName(args[0]); err != nil {
			return s.failed(args[0], err, *asJSON)
		}
		ctx := cmd.Context()
		return s.connect(ctx, func(t operation.Temporal) error {
			run, err := operation.Find(ctx, t, args[0])
			if err != nil {
				return err
			}
			return s.follow(ctx, t, run, *asJSON)
		})
	}
	return cmd
}
