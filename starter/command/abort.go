package command

import (
	"github.com/spf13/cobra"

	"aiolos/workflows"
)

func (s *Setting) abortCommand() *cobra.Command {
	var d decision
	var abort workflows.Abort
	cmd := &cobra.Command{
		Use:   "abort NAME",
		Short: "End a deployment that needs attention as failed",
		Long: `Ends the deployment NAME, which needs attention, as failed, once the steps that run
have come to their end. What was made stays; with --rollback what this run made is
unmade, and what was there before stays.
` + aboutDecisions + `
The exit code is that of a failed deployment, 1.`,
		Example: `  aiolos abort demo
  aiolos abort demo --rollback`,
		Args: wants("NAME"),
	}
	cmd.Flags().BoolVar(&abort.Rollback, "rollback", false, "unmake what this run made")
	d.flags(s, cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		abort.By = d.by
		return s.send(cmd, d, args[0], workflows.AbortUpdate, always(abort))
	}
	return cmd
}
