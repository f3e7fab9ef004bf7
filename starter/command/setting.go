// Package command is the command line: it reads arguments, checks them before
// anything is started, and says how things ended.
package command

import (
	"context"
	"io"
	"time"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
	"aiolos/workflows"
)

// Setting is what the command line stands in: all that it takes from outside.
type Setting struct {
	// Out takes results, Err takes progress and errors.
	Out, Err io.Writer
	// Getenv looks a variable of the environment up.
	Getenv func(name string) string
	// Terminal returns the size of the terminal that Err is; false where it is none.
	Terminal func() (view.Size, bool)
	// Ask asks a person for a value that is not shown while it is typed; nil
	// where nobody can be asked.
	Ask func(ctx context.Context, prompt string) (string, error)
	// Type asks a person for a line that is shown while it is typed; nil where
	// nobody can be asked.
	Type func(ctx context.Context, prompt string) (string, error)
	// User is who sits here, as user@host.
	User string
	// Dial connects to Temporal.
	Dial func(ctx context.Context) (operation.Temporal, error)
	// Actions are the actions that blueprints may use.
	Actions []deploy.ActionType
	// Pace says how often an operation that is followed is looked at.
	Pace operation.Pace
	// Now is the time; nil means that of the clock.
	Now func() time.Time
}

func (s *Setting) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// Variables of the environment, beside those of Temporal's own.
const (
	queueVariable   = "AIOLOS_TASK_QUEUE"
	noColorVariable = "NO_COLOR"
	// parameterVariable begins the variables that hold sensitive parameters.
	parameterVariable = "AIOLOS_PARAM_"
)

func (s *Setting) taskQueue() string {
	if queue := s.Getenv(queueVariable); queue != "" {
		return queue
	}
	return workflows.TaskQueue
}

// colour follows no-color.org: the variable counts when it is not empty.
func (s *Setting) colour() bool { return s.Getenv(noColorVariable) == "" }
