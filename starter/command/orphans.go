package command

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

func (s *Setting) orphansCommand() *cobra.Command {
	var remove, yes bool
	cmd := &cobra.Command{
		Use:   "orphans",
		Short: "List what is left of deployments that there are no more, or remove it",
		Long: `Asks a worker for all that its providers hold - instances, volumes, security and
placement groups, containers, leases of machines - and lists what belongs to no
deployment: the newest operation on its deployment was a completed destroy, or
Temporal has no run of it although it is younger than Temporal's memory. What may
belong to something is no orphan. Where that cannot be told, it is listed apart
and never removed; aiolos destroy NAME removes it once you know.

With --remove, what was just listed is removed and nothing else, each deployment's
by a destroy of its own, so that no other operation can run on the deployment at
the same time. It has to be confirmed with the number of things, on the terminal
or with --yes.`,
		Example: `  aiolos orphans
  aiolos orphans --remove
  aiolos orphans --json`,
		Args: wants(),
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "remove what is listed as orphaned")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask before removing")
	asJSON := jsonFlag(cmd)
	queue := s.queueFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		if remove && !yes && s.Type == nil {
			return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "yes", Value: "false", Allowed: "true, where nobody can be asked; nothing was removed"}}}
		}
		return s.connect(ctx, func(t operation.Temporal) error {
			found, err := operation.Orphans(ctx, t, *queue)
			if err != nil {
				return err
			}
			if !remove {
				return s.tellOrphans(found, *asJSON)
			}
			if !*asJSON {
				view.Leftovers(s.Out, found, time.Now())
			}
			if !yes {
				if err := s.confirmOrphans(ctx, len(found.Orphans)); err != nil {
					return err
				}
			}
			return s.removeOrphans(ctx, t, *queue, found, *asJSON)
		})
	}
	return cmd
}

func (s *Setting) tellOrphans(found operation.Leftovers, asJSON bool) error {
	if asJSON {
		return view.JSON(s.Out, found)
	}
	view.Leftovers(s.Out, found, time.Now())
	return nil
}

// confirmOrphans has the number of things repeated, so that it is read before.
func (s *Setting) confirmOrphans(ctx context.Context, count int) error {
	if count == 0 {
		return nil
	}
	typed, err := s.Type(ctx, "They and all data on them will be gone. How many things are to be removed? ")
	if err != nil {
		return err
	}
	if typed == strconv.Itoa(count) {
		return nil
	}
	if typed == "" {
		typed = "nothing"
	}
	return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "confirm", Value: typed, Allowed: strconv.Itoa(count) + "; nothing was removed"}}}
}

// removeOrphans removes each deployment's, one after the other. What fails keeps
// none of the others from being removed.
func (s *Setting) removeOrphans(ctx context.Context, t operation.Temporal, queue string, found operation.Leftovers, asJSON bool) error {
	outcomes := []deploy.Outcome{}
	failed := false
	for _, of := range operation.Owners(found.Orphans) {
		run, err := operation.Discard(ctx, t, queue, of)
		if err == nil {
			var outcome deploy.Outcome
			show, finish := s.progress()
			outcome, err = operation.Follow(ctx, t, run, s.Pace, show)
			finish()
			if ctx.Err() != nil {
				return &stoppedError{run}
			}
			if err == nil {
				outcomes = append(outcomes, outcome)
			}
		}
		if err != nil {
			failed = true
			s.tell(err)
		}
	}
	if asJSON {
		if err := view.JSON(s.Out, outcomes); err != nil {
			return err
		}
	} else {
		for _, o := range outcomes {
			view.Outcome(s.Out, o)
		}
	}
	if failed {
		return &saidError{}
	}
	return nil
}
