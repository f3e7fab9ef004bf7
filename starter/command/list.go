package command

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

func (s *Setting) listCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the deployments",
		Long: `Lists the deployments that Temporal remembers, each with the state in which the
newest operation left it. Destroyed ones are left out unless --all is given.`,
		Example: `  aiolos list
  aiolos list --all --json`,
		Args: wants(),
	}
	cmd.Flags().BoolVar(&all, "all", false, "list destroyed deployments, too")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return s.connect(cmd.Context(), func(t operation.Temporal) error {
			found, err := operation.List(cmd.Context(), t)
			if err != nil {
				return err
			}
			if !all {
				found = slices.DeleteFunc(found, func(l operation.Listed) bool { return l.State == deploy.StateDestroyed })
			}
			switch {
			case *asJSON:
				return view.JSON(s.Out, found)
			case len(found) == 0:
				_, err := fmt.Fprintln(s.Out, "No deployments. To make one: aiolos deploy demo glusterfs -p nodes=3")
				return err
			}
			view.List(s.Out, found, time.Now(), time.Local)
			return nil
		})
	}
	return cmd
}
