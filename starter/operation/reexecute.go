package operation

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/codec"
	"aiolos/workflows"
)

// DivergedError says where a recorded history would go another way today.
type DivergedError struct {
	What  string
	Cause error
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("%s would go another way with this program: %v", e.What, e.Cause)
}

// Unwrap gives Temporal's own error.
func (e *DivergedError) Unwrap() error { return e.Cause }

// ReexecuteFile re-executes a history in JSON, as Temporal exports it, with the
// workflows of this program. Nothing is done. The error is a *DivergedError, or
// says why the history cannot be read.
func ReexecuteFile(ctx context.Context, file string) error {
	converters, err := Payloads()
	if err != nil {
		return err
	}
	text, err := os.Open(file) //nolint:gosec // the person names it
	if err != nil {
		return err
	}
	defer text.Close()
	h, err := client.HistoryFromJSON(text, client.HistoryJSONOptions{})
	if err != nil {
		return fmt.Errorf("the history in %s: %w", file, err)
	}
	return reexecute(ctx, file, h, converters)
}

// Reexecute does so with the history of the newest operation on a deployment.
func Reexecute(ctx context.Context, t Temporal, deployment string) error {
	run, err := Find(ctx, t, deployment)
	if err != nil {
		return err
	}
	h, err := record(ctx, t, run)
	if err != nil {
		return err
	}
	return reexecute(ctx, deployment, &historypb.History{Events: h}, payloadsOf(t))
}

// reexecute decrypts a history beforehand: a key that is missing is no divergence.
func reexecute(ctx context.Context, what string, h *historypb.History, converters codec.Converters) error {
	if err := decrypted(ctx, h, converters); err != nil {
		return fmt.Errorf("the history of %s: %w", what, err)
	}
	if err := newReplayer().ReplayWorkflowHistoryWithOptions(quiet(), h, worker.ReplayWorkflowHistoryOptions{OriginalExecution: originalOf(h)}); err != nil {
		return &DivergedError{what, err}
	}
	return nil
}

func newReplayer() worker.WorkflowReplayer {
	r := worker.NewWorkflowReplayer()
	r.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	r.RegisterWorkflowWithOptions(workflows.Destroy, workflow.RegisterOptions{Name: workflows.DestroyType})
	r.RegisterWorkflowWithOptions(workflows.Slice, workflow.RegisterOptions{Name: workflows.SliceType})
	r.RegisterWorkflowWithOptions(workflows.Plan, workflow.RegisterOptions{Name: workflows.PlanType})
	r.RegisterWorkflowWithOptions(workflows.SealingKey, workflow.RegisterOptions{Name: workflows.SealingKeyType})
	r.RegisterWorkflowWithOptions(workflows.Doctor, workflow.RegisterOptions{Name: workflows.DoctorType})
	r.RegisterWorkflowWithOptions(workflows.Belongings, workflow.RegisterOptions{Name: workflows.BelongingsType})
	r.RegisterWorkflowWithOptions(workflows.DeployNamed, workflow.RegisterOptions{Name: workflows.DeployNamedType})
	return r
}

// quiet keeps the client's log out of what is printed.
func quiet() log.Logger { return log.NewStructuredLogger(slog.New(slog.DiscardHandler)) }

// originalOf is what ran as a history tells: what a deployment calls its slices follows
// from its own ID. One that was recorded by a server that did not note the ID has none.
func originalOf(h *historypb.History) workflow.Execution {
	if len(h.GetEvents()) == 0 {
		return workflow.Execution{}
	}
	started := h.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
	return workflow.Execution{ID: started.GetWorkflowId(), RunID: started.GetOriginalExecutionRunId()}
}
