package command

import (
	"github.com/spf13/cobra"

	"aiolos/starter/operation"
	"aiolos/starter/view"
)

func (s *Setting) planCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "plan NAME BLUEPRINT",
		Short: "Say what deploying would do, and change nothing",
		Long: `Asks a worker what exists of the deployment NAME and what deploying BLUEPRINT
would come to: which nodes would be launched, which steps would run on each, in
which order, and what each waits for. Nothing is changed, and nothing is looked
at on the nodes: what is right there already is found so only by deploying.

` + aboutBlueprint + aboutSecrets,
		Example: `  aiolos plan demo glusterfs -p nodes=5
  aiolos plan web ./web.yaml --json`,
		Args: wants("NAME", "BLUEPRINT"),
	}
	in.flags(cmd)
	asJSON := jsonFlag(cmd)
	queue := s.queueFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in.name, in.blueprint = args[0], args[1]
		ctx := cmd.Context()
		p, err := s.prepare(ctx, in)
		if err != nil {
			return s.failed(in.name, err, *asJSON)
		}
		return s.connect(ctx, func(t operation.Temporal) error {
			if err := p.secrets.seal(ctx, t, *queue, in.name, &p.request); err != nil {
				return s.failed(in.name, err, *asJSON)
			}
			preview, err := operation.Plan(ctx, t, *queue, in.name, p.request)
			if err != nil {
				return s.failed(in.name, err, *asJSON)
			}
			if *asJSON {
				return view.PreviewJSON(s.Out, preview)
			}
			return view.Plan(s.Out, preview, s.Actions)
		})
	}
	return cmd
}
