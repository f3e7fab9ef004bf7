package workflows

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// runStep runs a step on a node as soon as what it needs is done and every fact
// that it refers to is known. It reports whether the step is done.
func (d *deployment) runStep(ctx workflow.Context, step *deploy.Step, node string) (bool, error) {
	status := d.board.at[stepOn{step.Name, node}]
	config, err := d.ready(ctx, step, node, status)
	if err != nil || config == nil {
		return false, err
	}
	action := d.actions[step.Action]
	timeout := time.Duration(step.Timeout) * time.Second
	if action.Nature == activities.NatureAwait {
		err = d.attempt(ctx, status, func(ctx workflow.Context) (activities.ActionResult, error) {
			return d.awaitFact(ctx, step, node, config, timeout)
		})
		return status.State == deploy.StepDone, err
	}
	err = d.attemptInFlight(ctx, status, func(ctx workflow.Context) (activities.ActionResult, error) {
		in := activities.ActionInput[json.RawMessage]{
			Deployment: d.name, Run: d.run, Step: step.Name, Attempt: status.Attempts, Node: d.board.named[node].Node, Config: config,
		}
		if action.Wide {
			in.Nodes = d.board.all()
		}
		options := summarized(byNature(action.Nature, timeout), step.Name+"/"+node, action.Title+" on "+node)
		var result activities.ActionResult
		err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), action.Name, in).Get(ctx, &result)
		var late *temporal.TimeoutError
		if timeout > 0 && errors.As(err, &late) && late.TimeoutType() != enumspb.TIMEOUT_TYPE_HEARTBEAT {
			err = &deploy.Failure{Kind: deploy.KindTimeout, Message: fmt.Sprintf("did not end within %s, and was stopped", timeout)}
		}
		return result, err
	})
	return status.State == deploy.StepDone, err
}

// ready waits for a step's needs and facts and returns its configuration with
// all expressions evaluated; nil means that the deployment ends before.
func (d *deployment) ready(ctx workflow.Context, step *deploy.Step, node string, status *deploy.StepStatus) (json.RawMessage, error) {
	needs := append([]deploy.Need{{Step: deploy.StepConnect, Of: deploy.NeedOwn}}, step.Needs...)
	for _, need := range needs {
		if !d.board.met(need, node) {
			d.board.wait(status, func() string { return waitsFor(need.Step, d.board.lacking(need, node)) })
			d.show(ctx)
		}
		if err := workflow.Await(ctx, func() bool { return d.stopping() || d.board.met(need, node) }); err != nil {
			return nil, err
		}
		if d.stopping() {
			return nil, nil
		}
	}
	for {
		config, missing, err := d.expr.Config(step, node, d.board)
		if err != nil {
			d.fail(ctx, status, &deploy.Failure{Kind: deploy.KindExpression, Message: err.Error()})
			return nil, nil //nolint:nilerr // the failure is the step's, and recorded
		}
		if len(missing) == 0 {
			return config, nil
		}
		d.board.wait(status, func() string { return waitsFor(missing[0].Fact, []string{missing[0].Node}) })
		d.show(ctx)
		// Any of them may be enough: an expression can be satisfied by one of two.
		err = workflow.Await(ctx, func() bool {
			for _, m := range missing {
				if _, known := d.board.Fact(m.Node, m.Fact); known {
					return true
				}
			}
			return d.stopping()
		})
		if err != nil || d.stopping() {
			return nil, err
		}
	}
}

// waitsFor says what a step waits for and whose, briefly however many there are.
func waitsFor(what string, nodes []string) string {
	const most = 3
	if len(nodes) > most {
		return fmt.Sprintf("waits for %s of %s and %d more", what, strings.Join(nodes[:most], ", "), len(nodes)-most)
	}
	return fmt.Sprintf("waits for %s of %s", what, strings.Join(nodes, ", "))
}

// attemptInFlight is attempt for what is pending at the server meanwhile, which is
// bounded. A step that only waits on the board takes no slot: it may wait for
// those that still need one.
func (d *deployment) attemptInFlight(ctx workflow.Context, status *deploy.StepStatus, do func(workflow.Context) (activities.ActionResult, error)) error {
	if err := d.slots.Acquire(ctx, 1); err != nil {
		return err
	}
	defer d.slots.Release(1)
	return d.attempt(ctx, status, do)
}

// attempt makes one deliberate attempt of a step on a node and records how it
// ended. It returns an error only for cancellation.
func (d *deployment) attempt(ctx workflow.Context, status *deploy.StepStatus, do func(workflow.Context) (activities.ActionResult, error)) error {
	if d.stopping() {
		return nil
	}
	d.board.start(status, workflow.Now(ctx))
	d.show(ctx)
	result, err := do(ctx)
	if errors.Is(err, errStopping) {
		d.board.finish(status, deploy.StepSkipped, workflow.Now(ctx), "")
		return nil
	}
	if err != nil {
		if temporal.IsCanceledError(err) || errors.Is(ctx.Err(), workflow.ErrCanceled) {
			d.board.finish(status, deploy.StepFailed, workflow.Now(ctx), "cancelled")
			return temporal.NewCanceledError()
		}
		d.fail(ctx, status, err)
		return nil
	}
	for _, name := range workflow.DeterministicKeys(result.Facts) {
		d.board.learn(status.Node, name, result.Facts[name])
	}
	d.changes = append(d.changes, result.Changes...)
	d.board.finish(status, deploy.StepDone, workflow.Now(ctx), result.Message)
	d.show(ctx)
	return nil
}

// fail records that a step failed for good: from now on no other step starts.
func (d *deployment) fail(ctx workflow.Context, status *deploy.StepStatus, err error) {
	f := failureOf(err, status.Name, status.Node)
	d.failures = append(d.failures, f)
	d.board.finish(status, deploy.StepFailed, workflow.Now(ctx), f.Message)
	d.show(ctx)
}

// errStopping ends a wait in a deployment that has failed elsewhere. It is no
// failure of the step that waited.
var errStopping = errors.New("another step failed")

// awaitFact waits on the board, with a timer that survives everything.
func (d *deployment) awaitFact(ctx workflow.Context, step *deploy.Step, node string, config json.RawMessage, timeout time.Duration) (activities.ActionResult, error) {
	var c activities.AwaitConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return activities.ActionResult{}, err
	}
	if timeout == 0 {
		timeout = defaultAwait
	}
	known := func() bool {
		_, ok := d.board.Fact(node, c.Signal)
		return ok
	}
	if !known() {
		d.board.at[stepOn{step.Name, node}].Message = waitsFor(c.Signal, []string{node})
		d.show(ctx)
		ok, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: timeout, TimerOptions: workflow.TimerOptions{Summary: "Await " + c.Signal + " of " + node},
		}, func() bool { return known() || d.stopping() })
		if err != nil {
			return activities.ActionResult{}, err
		}
		if !ok {
			return activities.ActionResult{}, &deploy.Failure{Kind: deploy.KindTimeout, Message: fmt.Sprintf("%s did not signal %s within %s", node, c.Signal, timeout)}
		}
		if !known() {
			return activities.ActionResult{}, errStopping
		}
	}
	value, _ := d.board.Fact(node, c.Signal)
	return activities.ActionResult{Message: fmt.Sprintf("%s = %v", c.Signal, value)}, nil
}
