package workflows

import (
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
)

// answer is how an operation ended.
type answer struct {
	outcome deploy.Outcome
	err     error
}

// waits lets callers wait for the outcome by an update, which together with the
// start makes one call.
func (d *deployment) waits(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, WaitUpdate, d.wait, workflow.UpdateHandlerOptions{
		Description: "Wait for the outcome, or until nothing goes on that no person has to decide about. Takes nothing.",
	})
}

// wait answers the update of that name.
func (d *deployment) wait(ctx workflow.Context) (deploy.Outcome, error) {
	// Whoever waits hears how a cancelled operation ended, too.
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	d.waiters++
	defer func() { d.waiters-- }()
	if err := workflow.Await(ctx, func() bool { return d.answer != nil || d.stuck() }); err != nil {
		return deploy.Outcome{}, err
	}
	if d.answer == nil {
		err := failed(d.failures, nil)
		return deploy.Outcome{}, temporal.NewApplicationErrorWithOptions(err.Error(), AttentionFailure, temporal.ApplicationErrorOptions{
			NonRetryable: true, Details: []any{slices.Clone(d.failures)},
		})
	}
	return d.answer.outcome, d.answer.err
}

// stuck says that the operation needs a person, and that nothing goes on beside.
func (d *deployment) stuck() bool {
	if d.state != deploy.StateNeedsAttention || len(d.failures) == 0 || len(d.decided) > 0 {
		return false
	}
	return !slices.ContainsFunc(d.board.steps, func(s *deploy.StepStatus) bool {
		_, decided := d.approved[s.Name]
		return s.State == deploy.StepRunning && (!d.awaited[s.Name] || decided)
	})
}

// tell hands the end of the operation to those who wait, before the workflow
// ends: an update that is unanswered then fails.
func (d *deployment) tell(ctx workflow.Context, outcome deploy.Outcome, err error) (deploy.Outcome, error) {
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	d.answer = &answer{outcome, err}
	if waiting := workflow.Await(ctx, func() bool { return d.waiters == 0 }); waiting != nil {
		return outcome, waiting
	}
	return outcome, err
}
