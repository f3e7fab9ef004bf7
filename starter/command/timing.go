package command

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/deploy/timing"
	"aiolos/deploy/timing/picture"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

func (s *Setting) timingCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "timing NAME",
		Short: "Tell where the time of a deployment went",
		Long: `Tells where the time of the newest deploying of NAME went, which may have ended or
still be running: the critical path, which is what it had to wait for, step after
step; how much of each step was work and how much was waiting; and the bound, which
is the work along the longest chain of needs: how long it would have taken had
nothing but the work taken time.

  working   an activity at work, in its last attempt
  awaiting  a step waits for the world: a node's signal, or a person
  again     attempts that came to nothing, and the pauses after them
  worker    an activity waits for a worker to take it
  held      a step whose needs are done waits for a fact, its turn, a place among
            the activities under way, or a decision
  engine    Temporal and the workflow, between one activity and the next

--svg draws it: a line for each node with its steps, or, above ` + fmt.Sprint(picture.MostNodes) + ` nodes, on how many
of them each step had begun and ended.`,
		Example: `  aiolos timing demo
  aiolos timing demo --svg demo.svg
  aiolos timing demo --json`,
		Args: wants("NAME"),
	}
	asJSON := jsonFlag(cmd)
	cmd.Flags().StringVar(&file, "svg", "", "draw it, too, into a file")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		told, err := s.timingOf(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if file != "" {
			if err := os.WriteFile(file, picture.Draw(&told), 0o644); err != nil { //nolint:gosec // a picture, for others to see
				return fmt.Errorf("the picture was not written: %w", err)
			}
		}
		if *asJSON {
			return view.JSON(s.Out, told)
		}
		view.Timing(s.Out, &told)
		return nil
	}
	return cmd
}

func (s *Setting) timingOf(ctx context.Context, deployment string) (told timing.Timing, err error) {
	if err := deploy.CheckName(deployment); err != nil {
		return told, err
	}
	err = s.connect(ctx, func(t operation.Temporal) error {
		told, err = operation.Timing(ctx, t, deployment)
		return err
	})
	return told, err
}
