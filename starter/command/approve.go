package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
	"aiolos/workflows"
)

func (s *Setting) approveCommand() *cobra.Command {
	var approval workflows.Approval
	cmd := &cobra.Command{
		Use:   "approve NAME [STEP]",
		Short: "Approve a step that waits for a person, or reject it",
		Long: `Tells the deployment NAME that STEP, which waits for approval, may go on; or with
--reject that it may not, so that it fails. STEP may be left out where only one
step waits. Who decided, and the comment, are recorded in the deployment's
history, and stand in its outcome.`,
		Example: `  aiolos approve demo
  aiolos approve demo cutover --comment "backups are done"
  aiolos approve demo cutover --reject --comment "not on a Friday"`,
		Args: nameAndMaybe,
	}
	cmd.Flags().StringVar(&approval.Comment, "comment", "", "what is recorded beside the decision")
	cmd.Flags().StringVar(&approval.By, "by", s.User, "who decides")
	cmd.Flags().BoolVar(&approval.Reject, "reject", false, "let the step fail")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 2 {
			approval.Step = args[1]
		}
		if err := deploy.CheckName(args[0]); err != nil {
			return s.failed(args[0], err, *asJSON)
		}
		ctx := cmd.Context()
		return s.connect(ctx, func(t operation.Temporal) error {
			said, err := operation.Approve(ctx, t, args[0], approval)
			if err != nil {
				return s.failed(args[0], err, *asJSON)
			}
			if *asJSON {
				return view.JSON(s.Out, map[string]string{"deployment": args[0], "recorded": said})
			}
			_, err = fmt.Fprintln(s.Out, view.Clean(said))
			return err
		})
	}
	return cmd
}
