package command

import (
	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

func (s *Setting) statusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status NAME",
		Short: "Say where a deployment stands",
		Long: `Says where the deployment NAME stands: its nodes with what is known about them,
and every step on every node. It works for one that has ended as well, for as
long as Temporal keeps its history.

The exit code is 0 whenever the status could be told, whatever it is. Where no
worker answers, what Temporal itself knows is printed, and the exit code is 1.`,
		Example: `  aiolos status demo
  aiolos status demo --json`,
		Args: wants("NAME"),
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := deploy.CheckName(args[0]); err != nil {
			return err
		}
		return s.connect(cmd.Context(), func(t operation.Temporal) error {
			snapshot, err := operation.Look(cmd.Context(), t, operation.Run{Deployment: args[0]})
			if err != nil {
				return err
			}
			return s.printStatus(snapshot, *asJSON)
		})
	}
	return cmd
}

func (s *Setting) printStatus(snapshot operation.Snapshot, asJSON bool) error {
	if !asJSON {
		view.Status(s.Out, snapshot, s.now())
	} else if err := view.JSON(s.Out, snapshot.Status); err != nil {
		return err
	}
	if !snapshot.Unanswered {
		return nil
	}
	if asJSON {
		view.Notes(s.Err, snapshot.Notes)
	}
	return &unansweredError{}
}
