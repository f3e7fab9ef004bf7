package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
)

// decision is what a person has decided about a step that failed.
type decision struct {
	again bool
	// passed says who skipped it.
	passed string
}

// onFailure says what a failure for good leads to.
func (d *deployment) onFailure(ctx workflow.Context) string {
	if d.request.OnFailure != "" {
		return d.request.OnFailure
	}
	// Before a deployment could pause, it failed.
	if workflow.GetVersion(ctx, "pause-by-default", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return deploy.OnFailureFail
	}
	return deploy.OnFailurePause
}

// fail records that a step failed for good. Unless a person shall decide, no
// other step starts from now on.
func (d *deployment) fail(ctx workflow.Context, status *deploy.StepStatus, err error) {
	f := failureOf(err, status.Name, status.Node)
	d.failures = append(d.failures, f)
	d.troubles++
	d.board.finish(status, deploy.StepFailed, workflow.Now(ctx), f.Message)
	if d.onFailure(ctx) != deploy.OnFailurePause {
		d.ending = true
	}
	d.tellFailedStep(ctx)
	d.show(ctx)
}

// persist does what a step has to do until it has not failed, or nobody wants
// it to be done again.
func (d *deployment) persist(ctx workflow.Context, status *deploy.StepStatus, do func(workflow.Context) error) error {
	for {
		if err := do(ctx); err != nil || status.State != deploy.StepFailed {
			return err
		}
		again, err := d.decide(ctx, status)
		if err != nil || !again {
			return err
		}
	}
}

// decide waits, without a limit of time, until a person has decided what
// becomes of a step that failed. Nodes keep running, and so does whatever does
// not depend on it.
func (d *deployment) decide(ctx workflow.Context, status *deploy.StepStatus) (again bool, err error) {
	if d.stopping() {
		return false, nil
	}
	d.paused[status] = true
	defer delete(d.paused, status)
	if d.state == deploy.StateRunning {
		if err := d.enter(ctx, deploy.StateNeedsAttention); err != nil {
			return false, err
		}
	}
	err = workflow.Await(ctx, func() bool { return d.decided[status] != nil || d.stopping() })
	decided := d.decided[status]
	if err != nil || decided == nil {
		return false, err
	}
	delete(d.decided, status)
	delete(d.paused, status)
	d.resolve(status)
	d.tellFailedStep(ctx)
	if decided.again {
		d.board.reset(status)
	} else {
		d.board.pass(status, "skipped by "+decided.passed)
	}
	if len(d.paused) == 0 && d.state == deploy.StateNeedsAttention {
		return decided.again, d.enter(ctx, deploy.StateRunning)
	}
	d.show(ctx)
	return decided.again, nil
}

// resolve takes a step's failure off the list of what is wrong.
func (d *deployment) resolve(status *deploy.StepStatus) {
	d.troubles++
	d.failures = slices.DeleteFunc(d.failures, func(f deploy.Failure) bool { return f.Step == status.Name && f.Node == status.Node })
}

// waiting are the failed steps that wait for a decision, in the board's order.
func (d *deployment) waiting(match func(*deploy.StepStatus) bool) []*deploy.StepStatus {
	var all []*deploy.StepStatus
	for _, s := range d.board.steps {
		if d.paused[s] && d.decided[s] == nil && match(s) {
			all = append(all, s)
		}
	}
	return all
}
