package command

import (
	"context"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

func (s *Setting) destroyCommand() *cobra.Command {
	var request deploy.DestroyRequest
	var detach bool
	cmd := &cobra.Command{
		Use:   "destroy NAME",
		Short: "Remove a deployment: its nodes and their disks",
		Long: `Removes what exists of the deployment NAME: its nodes, their disks, and all data
on them; where they have data disks, the name has to be repeated with --confirm.
Nothing found is success. While another operation runs on the deployment, it is
refused.

Without --provider, the nodes are looked for where they came from when NAME was
last deployed.`,
		Example: `  aiolos destroy demo
  aiolos destroy pool --confirm pool`,
		Args: wants("NAME"),
	}
	cmd.Flags().StringVar(&request.Provider, "provider", "", "where the nodes came from")
	cmd.Flags().StringVar(&request.Confirm, "confirm", "", "the deployment's name again; needed where its nodes have data disks")
	cmd.Flags().BoolVar(&detach, "detach", false, "return once it has begun")
	asJSON := jsonFlag(cmd)
	queue := s.queueFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name := args[0]
		if err := both(deploy.CheckName(name), request.Check()); err != nil {
			return s.failed(name, err, *asJSON)
		}
		ctx := cmd.Context()
		return s.connect(ctx, func(t operation.Temporal) error {
			run, err := destroy(ctx, t, *queue, name, request)
			if ctx.Err() != nil && err != nil {
				return &unsureError{name}
			}
			if err != nil {
				return err
			}
			return s.begin(ctx, t, run, detach, *asJSON)
		})
	}
	return cmd
}

// destroy starts Destroy where the nodes are: another provider would find none
// of them and call that success.
func destroy(ctx context.Context, t operation.Temporal, queue, name string, request deploy.DestroyRequest) (operation.Run, error) {
	if request.Provider == "" {
		provider, err := operation.LastProvider(ctx, t, name)
		if err != nil {
			return operation.Run{}, err
		}
		request.Provider = provider
	}
	return operation.Destroy(ctx, t, queue, name, request)
}
