package command

import (
	"github.com/spf13/cobra"

	"aiolos/workflows"
)

func (s *Setting) skipCommand() *cobra.Command {
	var d decision
	var skip workflows.Skip
	cmd := &cobra.Command{
		Use:   "skip NAME STEP",
		Short: "Take a failed step for done",
		Long: `Takes STEP of the deployment NAME, which failed and waits for a decision, for done,
so that what depends on it goes on: on one node, or on all where it failed.
Whoever skips a step answers for its work being done otherwise.
` + aboutDecisions,
		Example: `  aiolos skip demo configure --node storage-1`,
		Args:    wants("NAME", "STEP"),
	}
	cmd.Flags().StringVar(&skip.Node, "node", "", "where (every node where it failed unless given)")
	d.flags(s, cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		skip.Step, skip.By = args[1], d.by
		return s.send(cmd, d, args[0], workflows.SkipUpdate, always(skip))
	}
	return cmd
}
