package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

// replaying is what the flags of replay say.
type replaying struct {
	from, history, query     string
	all, yes, detach, asJSON bool
}

func (s *Setting) replayCommand() *cobra.Command {
	var r replaying
	cmd := &cobra.Command{
		Use:   "replay NAME",
		Short: "Take up a deployment that failed, was cancelled or terminated, where it broke",
		Long: `Takes up the last operation on the deployment NAME, which failed, was cancelled or
terminated, or took too long: it goes on before what failed first, and what had
succeeded until then is not done again. --from goes back further, to before STEP
was begun. Where the history does not allow it, as after a rollback, the operation
is started again with the same input; which was done is told.

--all-failed does it for every deployment that did not come to a good end, or for
those of them that a visibility query finds, after showing which.

--history changes nothing: it re-executes a recorded history, of a file in JSON or
of the last operation on a deployment, with this program, and says whether it
would go another way (exit code 1).`,
		Example: `  aiolos replay demo
  aiolos replay demo --from configure
  aiolos replay --all-failed --query "AiolosBlueprint = 'glusterfs'"
  aiolos replay --history demo`,
		Args: func(cmd *cobra.Command, args []string) error {
			if r.all || r.history != "" {
				return wants()(cmd, args)
			}
			return wants("NAME")(cmd, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&r.from, "from", "", "go back to before this step was begun")
	flags.BoolVar(&r.all, "all-failed", false, "take up all that failed, were cancelled or terminated, or took too long")
	flags.StringVar(&r.query, "query", "", "with --all-failed, only those that this visibility query finds")
	flags.BoolVar(&r.yes, "yes", false, "with --all-failed, do not ask")
	flags.StringVar(&r.history, "history", "", "re-execute the history in this file, or of this deployment, and change nothing")
	flags.BoolVar(&r.detach, "detach", false, "return once it has begun")
	flags.BoolVar(&r.asJSON, "json", false, "print the result as JSON on standard output")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		switch {
		case !r.all && (r.query != "" || r.yes):
			return &usageError{cmd, "--query and --yes go with --all-failed"}
		case r.all && r.history != "", (r.all || r.history != "") && r.from != "":
			return &usageError{cmd, "only one of --from, --all-failed and --history can be given"}
		case r.history != "":
			return s.reexecute(ctx, r)
		case r.all:
			return s.connect(ctx, func(t operation.Temporal) error { return s.replayAll(ctx, t, r) })
		}
		if err := deploy.CheckName(args[0]); err != nil {
			return s.failed(args[0], err, r.asJSON)
		}
		return s.connect(ctx, func(t operation.Temporal) error { return s.replay(ctx, t, args[0], r) })
	}
	return cmd
}

func (s *Setting) replay(ctx context.Context, t operation.Temporal, name string, r replaying) error {
	taken, err := operation.Replay(ctx, t, name, r.from)
	var running *operation.RunningError
	switch {
	case ctx.Err() != nil && err != nil:
		return &unsureError{name}
	case errors.As(err, &running):
		err = &deploy.InvalidError{Problems: []deploy.Problem{{Field: "name", Value: name, Allowed: "a deployment on which nothing runs (" + running.Error() + ")"}}}
		fallthrough
	case err != nil:
		return s.failed(name, err, r.asJSON)
	case r.detach && r.asJSON:
		return view.JSON(s.Out, taken)
	}
	out := s.Out
	if r.asJSON {
		out = s.Err // the outcome alone is the result
	}
	if err := told(out, taken.String()); err != nil || r.detach {
		return err
	}
	return s.follow(ctx, t, taken.Run, r.asJSON)
}

// reexecute holds a recorded history against this program's workflows.
func (s *Setting) reexecute(ctx context.Context, r replaying) error {
	var err error
	if isHistory(r.history) {
		if _, wrong := os.Stat(r.history); wrong != nil {
			return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "history", Value: r.history, Allowed: fmt.Sprintf("a file in JSON, or a deployment's name (%v)", cause(wrong))}}}
		}
		err = operation.ReexecuteFile(ctx, r.history)
	} else if err = deploy.CheckName(r.history); err == nil {
		err = s.connect(ctx, func(t operation.Temporal) error { return operation.Reexecute(ctx, t, r.history) })
	}
	var diverged *operation.DivergedError
	switch {
	case r.asJSON && (err == nil || errors.As(err, &diverged)):
		report := map[string]any{"history": r.history, "same": err == nil}
		if err != nil {
			report["divergence"] = diverged.Cause.Error()
		}
		return errors.Join(err, view.JSON(s.Out, report))
	case err != nil:
		return err
	}
	return told(s.Out, r.history+": this program goes the same way")
}

// isHistory tells a file's name from a deployment's, which has neither.
func isHistory(argument string) bool { return strings.ContainsAny(argument, "/.") }
