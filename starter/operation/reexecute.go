package operation

import (
	"context"
	"fmt"
	"log/slog"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

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
// workflows of this program. Nothing is done. The error is a *DivergedError.
func ReexecuteFile(file string) error {
	replayer := newReplayer()
	if err := replayer.ReplayWorkflowHistoryFromJSONFile(quiet(), file); err != nil {
		return &DivergedError{file, err}
	}
	return nil
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
	if err := newReplayer().ReplayWorkflowHistory(quiet(), &historypb.History{Events: h}); err != nil {
		return &DivergedError{deployment, err}
	}
	return nil
}

func newReplayer() worker.WorkflowReplayer {
	r := worker.NewWorkflowReplayer()
	r.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	r.RegisterWorkflowWithOptions(workflows.Destroy, workflow.RegisterOptions{Name: workflows.DestroyType})
	r.RegisterWorkflowWithOptions(workflows.Plan, workflow.RegisterOptions{Name: workflows.PlanType})
	r.RegisterWorkflowWithOptions(workflows.SealingKey, workflow.RegisterOptions{Name: workflows.SealingKeyType})
	r.RegisterWorkflowWithOptions(workflows.Doctor, workflow.RegisterOptions{Name: workflows.DoctorType})
	r.RegisterWorkflowWithOptions(workflows.Belongings, workflow.RegisterOptions{Name: workflows.BelongingsType})
	r.RegisterWorkflowWithOptions(workflows.DeployNamed, workflow.RegisterOptions{Name: workflows.DeployNamedType})
	return r
}

// quiet keeps the client's log out of what is printed.
func quiet() log.Logger { return log.NewStructuredLogger(slog.New(slog.DiscardHandler)) }
