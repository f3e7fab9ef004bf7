package command

import (
	"github.com/spf13/cobra"

	"aiolos/workflows"
)

func (s *Setting) replaceNodeCommand() *cobra.Command {
	var d decision
	cmd := &cobra.Command{
		Use:   "replace-node NAME NODE",
		Short: "Put a fresh machine in a node's place",
		Long: `Terminates the machine of NODE in the deployment NAME while that is being made,
with all data on it, launches a fresh one under the same name, and runs again what
depends on it; nothing else.
` + aboutDecisions,
		Example: `  aiolos replace-node demo storage-1`,
		Args:    wants("NAME", "NODE"),
	}
	d.flags(s, cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return s.send(cmd, d, args[0], workflows.ReplaceNodeUpdate, always(workflows.ReplaceNode{Node: args[1], By: d.by}))
	}
	return cmd
}
