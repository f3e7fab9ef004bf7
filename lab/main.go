// Command aiolos-lab is everything on one machine: a Temporal server with its
// UI, a worker, and Docker containers that boot like instances. It alone links
// the embedded server and the UI.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/internal/heap"
)

// Exit codes.
const (
	exitFailed     = 1
	exitWrongInput = 2
)

func main() {
	heap.Pace{Room: 128 << 20, Percent: 100}.Keep()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command().ExecuteContext(ctx)
	stop()
	os.Exit(exitCode(err))
}

// exitCode says on standard error what went wrong, and returns the exit code.
func exitCode(err error) int {
	var told *toldError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &told):
		return told.code
	}
	fmt.Fprintln(os.Stderr, "aiolos-lab:", err)
	var invalid *deploy.InvalidError
	var usage *usageError
	if errors.As(err, &invalid) || errors.As(err, &usage) {
		return exitWrongInput
	}
	return exitFailed
}

// usageError says that the command line itself is wrong.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// toldError ends the process with a code after everything was said.
type toldError struct{ code int }

func (e *toldError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "aiolos-lab",
		Short: "Run Aiolos on this machine alone: Temporal, a worker, and containers as nodes",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("unknown command %q; there are up, down and status", args[0])}
			}
			return nil
		},
		SilenceUsage: true, SilenceErrors: true,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
	})
	root.AddCommand(upCommand(), downCommand(), statusCommand(), fleetCommand())
	return root
}

// noArguments refuses arguments.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Errorf("%s takes no arguments, but got %q; see %s --help", cmd.CommandPath(), args, cmd.CommandPath())}
	}
	return nil
}
