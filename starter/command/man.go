package command

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand is for those who package the program.
func (s *Setting) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIRECTORY",
		Short:   "Write the man pages into a directory",
		Long:    `Writes a man page for each command into DIRECTORY, which is made if it is missing.`,
		Example: `  aiolos man ./man && man ./man/aiolos-deploy.1`,
		Hidden:  true,
		Args:    wants("DIRECTORY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil { //nolint:gosec // pages, for all to read
				return fmt.Errorf("the man pages were not written: %w", err)
			}
			root := cmd.Root()
			// A date in them would make every build another one.
			root.DisableAutoGenTag = true
			if err := doc.GenManTree(root, &doc.GenManHeader{Title: "AIOLOS", Section: "1", Source: "Aiolos", Manual: "Aiolos"}, args[0]); err != nil {
				return fmt.Errorf("the man pages were not written: %w", err)
			}
			return nil
		},
	}
}
