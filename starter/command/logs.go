package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

func (s *Setting) logsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "logs NAME [NODE] [STEP]",
		Short: "Show what the jobs on the nodes print",
		Long: `Shows what the jobs of the deployment NAME have printed: Puppet runs and scripts, on
all nodes, or on NODE, or of STEP there. A worker reads it from the nodes, so they
need not be reached from here. With --follow, what they print from now on is shown,
too, until the operation ends; Ctrl-C only ends the showing (exit code 130).

The output is that of the newest operation that ran jobs on a node. Sensitive values
are masked in it: the nodes themselves keep nothing else. Jobs are removed from a
node two weeks after their end, but for the last 20. Steps that run no job on their
node, such as a wait for a signal, have no output.`,
		Example: `  aiolos logs demo
  aiolos logs demo storage-0
  aiolos logs demo storage-0 configure --follow`,
		Args: func(cmd *cobra.Command, args []string) error {
			all := []string{"NAME", "NODE", "STEP"}
			return wants(all[:max(1, min(len(args), len(all)))]...)(cmd, args)
		},
	}
	follow := cmd.Flags().BoolP("follow", "f", false, "go on for as long as the operation does")
	asJSON := cmd.Flags().Bool("json", false, "print each line as a JSON object on standard output")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := deploy.CheckName(args[0]); err != nil {
			return err
		}
		const all = 3
		args = append(args, make([]string, all-len(args))...)
		want := operation.Logs{Deployment: args[0], Node: args[1], Step: args[2], Follow: *follow}
		return s.connect(cmd.Context(), func(t operation.Temporal) error {
			lines := &view.Logs{Out: s.Out, JSON: *asJSON, Named: want.Node == "" || want.Step == ""}
			last := map[string]operation.LogPiece{}
			jobs, err := want.Show(cmd.Context(), t, s.Pace, func(p operation.LogPiece) {
				lines.Show(p)
				last[p.Node+p.ID] = p
			})
			for _, p := range last {
				lines.Flush(p)
			}
			switch {
			case cmd.Context().Err() != nil:
				return &leftError{want.Deployment}
			case err != nil:
				return err
			case jobs == 0:
				return errors.New("no output is kept: no job has run there yet, or they ended long ago and were removed (two weeks after their end, but for the last 20)")
			}
			return nil
		})
	}
	return cmd
}

// leftError says that a person stopped looking at output.
type leftError struct{ deployment string }

func (e *leftError) Error() string {
	return fmt.Sprintf("nothing was stopped. Come back with: aiolos logs %s --follow", e.deployment)
}

// Unwrap makes it an interruption.
func (e *leftError) Unwrap() error { return context.Canceled }
