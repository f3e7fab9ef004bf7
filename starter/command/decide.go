package command

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

// decision is how a command that tells what a person decided goes on.
type decision struct {
	by             string
	detach, asJSON bool
}

// flags gives a command the flags that all decisions have.
func (d *decision) flags(s *Setting, cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.by, "by", s.User, "who decides; it is recorded")
	cmd.Flags().BoolVar(&d.detach, "detach", false, "return once it is recorded")
	cmd.Flags().BoolVar(&d.asJSON, "json", false, "print the result as JSON on standard output")
}

// aboutDecisions ends the help of every decision.
const aboutDecisions = `
What cannot be carried out is refused with the reason, and changes nothing (exit
code 2). Otherwise the deployment is followed to its end, as by deploy.`

// send tells a deployment what was decided, prints what was recorded, and
// follows it to its end.
func (s *Setting) send(cmd *cobra.Command, d decision, name, update string, with func(operation.Temporal) (any, error)) error {
	if err := deploy.CheckName(name); err != nil {
		return s.failed(name, err, d.asJSON)
	}
	ctx := cmd.Context()
	return s.connect(ctx, func(t operation.Temporal) error {
		decided, err := with(t)
		if err != nil {
			return s.failed(name, err, d.asJSON)
		}
		run, said, err := operation.Decide(ctx, t, name, update, decided)
		if err != nil {
			return s.failed(name, err, d.asJSON)
		}
		if d.detach && d.asJSON {
			return view.JSON(s.Out, map[string]string{"deployment": name, "recorded": said})
		}
		out := s.Out
		if d.asJSON {
			out = s.Err // the outcome alone is the result
		}
		if err := told(out, said); err != nil || d.detach {
			return err
		}
		return s.follow(ctx, t, run, d.asJSON)
	})
}

func told(out io.Writer, said string) error {
	_, err := fmt.Fprintln(out, view.Clean(said))
	return err
}

// always is a decision that needs nothing from Temporal.
func always(decided any) func(operation.Temporal) (any, error) {
	return func(operation.Temporal) (any, error) { return decided, nil }
}
