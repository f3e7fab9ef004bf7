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
on them; where they have data disks, the name has to be repeated with --confirm; on a
terminal it is asked for.
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
		name, ctx := args[0], cmd.Context()
		if err := both(deploy.CheckName(name), request.Check()); err != nil {
			return s.failed(name, err, *asJSON)
		}
		if err := s.confirm(ctx, name, &request.Confirm); err != nil {
			return s.failed(name, err, *asJSON)
		}
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

// confirm has the deployment's name repeated: it is asked for where somebody can
// be asked. Whether one is needed at all, the worker knows.
func (s *Setting) confirm(ctx context.Context, name string, given *string) error {
	if *given == "" && s.Type != nil {
		typed, err := s.Type(ctx, "All data of "+name+" will be gone. Its name, to confirm: ")
		if err != nil {
			return err
		}
		if *given = typed; typed == "" {
			typed = "nothing"
		}
		if *given == name {
			return nil
		}
		return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "confirm", Value: typed, Allowed: name + "; nothing was removed"}}}
	}
	if *given != "" && *given != name {
		return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "confirm", Value: *given, Allowed: name + "; nothing was removed"}}}
	}
	return nil
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
