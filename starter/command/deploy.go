package command

import (
	"strings"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

func (s *Setting) deployCommand() *cobra.Command {
	var in input
	var detach bool
	cmd := &cobra.Command{
		Use:   "deploy NAME BLUEPRINT",
		Short: "Bring a deployment to what a blueprint and its parameters say",
		Long: `Brings the deployment NAME to what BLUEPRINT and its parameters say, whatever is
there already: what is right is left alone, and only what differs is changed.
Wrong input is refused before anything is started.

BLUEPRINT is a file (with a slash, or ending in .yaml or .yml) or the name of a
built-in blueprint: ` + strings.Join(deploy.BuiltinNames(), ", ") + `.

Ctrl-C only ends the watching; the deployment goes on (exit code 130).`,
		Example: `  aiolos deploy demo glusterfs -p nodes=3     # a pool of three nodes
  aiolos deploy demo glusterfs -p nodes=5     # later: two more
  aiolos deploy web ./web.yaml --detach       # a blueprint of one's own, in the background`,
		Args: wants("NAME", "BLUEPRINT"),
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&in.parameters, "parameter", "p", nil, "give a parameter a value, as key=value; may be repeated")
	flags.StringVar(&in.provider, "provider", "", "where nodes come from (the worker's default unless given)")
	flags.BoolVar(&detach, "detach", false, "return once it has begun")
	asJSON := jsonFlag(cmd)
	queue := s.queueFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in.name, in.blueprint = args[0], args[1]
		request, plan, err := in.request(s.Actions)
		if err != nil {
			return s.failed(in.name, err, *asJSON)
		}
		ctx := cmd.Context()
		return s.connect(ctx, func(t operation.Temporal) error {
			run, err := operation.Deploy(ctx, t, *queue, plan, request)
			if ctx.Err() != nil && err != nil {
				return &unsureError{in.name}
			}
			if err != nil {
				return err
			}
			return s.begin(ctx, t, run, detach, *asJSON)
		})
	}
	return cmd
}
