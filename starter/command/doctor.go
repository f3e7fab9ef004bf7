package command

import (
	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

func (s *Setting) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look whether deployments can work, and say what to do where not",
		Long: `Looks at what deployments stand on, and changes nothing: at Temporal from here
(the server, the namespace and its search attributes, a worker on the task queue),
and from where the worker is at its clock, the gateway for signals, and all that
its providers need: credentials, permissions, images, subnets and quotas; the
engine, its network and images; machines of one's own, and who has them.

Exit code 1 means that a check failed. A warning is something that may be in the
way, or that cannot be known beforehand.`,
		Example: `  aiolos doctor
  aiolos doctor --json`,
		Args: wants(),
	}
	asJSON := jsonFlag(cmd)
	queue := s.queueFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		var found deploy.Findings
		err := s.connect(ctx, func(t operation.Temporal) error {
			found = operation.Doctor(ctx, t, *queue)
			return nil
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			found = operation.Unreachable(err)
		}
		if *asJSON {
			if err := view.JSON(s.Out, found); err != nil {
				return err
			}
		} else {
			view.Findings(s.Out, found)
		}
		if found.Failed() {
			return &saidError{}
		}
		return nil
	}
	return cmd
}
