package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

// Exit codes.
const (
	ExitDone           = 0
	ExitFailed         = 1
	ExitWrongInput     = 2
	ExitNeedsAttention = 3
	// ExitDrifted says that a check found differences.
	ExitDrifted = 4
	// ExitInterrupted is what shells give for SIGINT. What was started goes on.
	ExitInterrupted = 130
)

// usageError says that the command line itself is wrong.
type usageError struct {
	cmd     *cobra.Command
	message string
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%s\nUsage: %s\nSee %s --help.", e.message, e.cmd.UseLine(), e.cmd.CommandPath())
}

// stoppedError says that a person stopped watching.
type stoppedError struct{ run operation.Run }

func (e *stoppedError) Error() string {
	return fmt.Sprintf("%s of %s goes on. Come back to it with: aiolos watch %s", e.run.Type, e.run.Deployment, e.run.Deployment)
}

// unsureError says that a person interrupted the very start.
type unsureError struct{ deployment string }

func (e *unsureError) Error() string {
	return fmt.Sprintf("interrupted; whether anything was started tells: aiolos status %s", e.deployment)
}

// driftedError says that a check found differences, and that they were told already.
type driftedError struct{ deployment string }

func (e *driftedError) Error() string { return e.deployment + " is not as asked for" }

// unansweredError says that no worker told the status, and that this was said already.
type unansweredError struct{}

func (*unansweredError) Error() string { return "no worker answers" }

// saidError says that something failed, and that what it was has been said already.
type saidError struct{}

func (*saidError) Error() string { return "it was said already" }

// ExitCode is the exit code of an error.
func ExitCode(err error) int {
	var usage *usageError
	var invalid *deploy.InvalidError
	var failed *operation.FailedError
	var stopped *stoppedError
	var unsure *unsureError
	var wrong *wrongBlueprintsError
	var done *operation.DoneError
	var drifted *driftedError
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &drifted):
		return ExitDrifted
	case errors.As(err, &done), errors.As(err, &usage), errors.As(err, &invalid), errors.As(err, &wrong):
		return ExitWrongInput
	case errors.As(err, &failed) && failed.State == deploy.StateNeedsAttention:
		return ExitNeedsAttention
	case errors.As(err, &failed) && failed.Invalid():
		return ExitWrongInput
	case errors.As(err, &stopped), errors.As(err, &unsure), errors.Is(err, context.Canceled):
		return ExitInterrupted
	default:
		return ExitFailed
	}
}

// tell says on Err what went wrong and returns the exit code.
func (s *Setting) tell(err error) int {
	var invalid *deploy.InvalidError
	var failed *operation.FailedError
	var stopped *stoppedError
	var left *leftError
	var told *unansweredError
	var said *saidError
	var wrong *wrongBlueprintsError
	var drifted *driftedError
	switch {
	case err == nil, errors.As(err, &told), errors.As(err, &said), errors.As(err, &wrong), errors.As(err, &drifted):
	case errors.As(err, &failed):
		view.Failures(s.Err, failed)
	case errors.As(err, &invalid):
		for _, line := range problemLines(err) {
			fmt.Fprintln(s.Err, view.Clean(line))
		}
	case errors.As(err, &stopped), errors.As(err, &left):
		fmt.Fprintln(s.Err, err)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(s.Err, "aiolos: interrupted")
	default:
		lines := strings.Split("aiolos: "+err.Error(), "\n")
		for _, line := range lines {
			fmt.Fprintln(s.Err, view.Clean(line))
		}
	}
	return ExitCode(err)
}
