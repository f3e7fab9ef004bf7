package command

import (
	"time"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

func (s *Setting) historyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "history NAME",
		Short: "List the operations on a deployment: who, when, and what changed",
		Long: `Lists the operations on the deployment NAME that Temporal remembers, the newest
first: who started each and when, what it was asked, what people decided meanwhile,
how it ended, and what it changed. How long Temporal remembers is its namespace's
retention, which aiolos doctor tells.`,
		Example: `  aiolos history demo
  aiolos history demo --last 1 --json`,
		Args: wants("NAME"),
	}
	const usual = 20
	last := cmd.Flags().Int("last", usual, "how many of them, the newest")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := deploy.CheckName(args[0]); err != nil {
			return err
		}
		if *last < 1 {
			return &usageError{cmd, "--last has to be at least 1"}
		}
		return s.connect(cmd.Context(), func(t operation.Temporal) error {
			all, err := operation.History(cmd.Context(), t, args[0], *last)
			if err != nil {
				return err
			}
			if *asJSON {
				return view.JSON(s.Out, all)
			}
			view.History(s.Out, all, s.now(), time.Local)
			return nil
		})
	}
	return cmd
}
