package workflows

import (
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// Deploy brings a deployment to what the request says, whatever is there
// already; or only tells what differs, as the request's mode says. The workflow ID is the deployment's name.
func Deploy(ctx workflow.Context, request deploy.Request) (deploy.Outcome, error) {
	d, err := newDeployment(ctx, request)
	if err != nil {
		return deploy.Outcome{}, err
	}
	if request.Mode == deploy.ModeCheck {
		err = d.check(ctx)
	} else {
		err = inOrder(ctx,
			d.makePlan,
			d.launchNodes,
			d.runTracks,
			d.findOutputs,
		)
	}
	outcome, err := d.end(ctx, err)
	return d.tell(ctx, outcome, err)
}

// inOrder runs phases until one fails.
func inOrder(ctx workflow.Context, phases ...func(workflow.Context) error) error {
	for _, phase := range phases {
		if err := phase(ctx); err != nil {
			return err
		}
	}
	return nil
}

// makePlan has the plan made, and puts what it holds on the board.
func (d *deployment) makePlan(ctx workflow.Context) error {
	if err := d.enter(ctx, deploy.StatePlanning); err != nil {
		return err
	}
	plan, err := call(ctx, summarized(planning(), "plan", "Plan "+d.request.Blueprint), deeds.Plan,
		activities.PlanInput{Deployment: d.name, Request: d.request})
	if err != nil {
		return err
	}
	if d.expr, err = plan.Evaluator(activities.Types()); err != nil {
		return err
	}
	d.plan = plan
	d.notify(ctx, plan.Notify)
	d.nodes = plan.Nodes
	for _, spec := range plan.Nodes {
		d.board.addNode(spec)
		d.board.addStep(deploy.StepLaunch, spec.Name)
		d.board.addStep(deploy.StepConnect, spec.Name)
		if len(d.wantedFacts(spec)) > 0 {
			d.board.addStep(deploy.StepFacts, spec.Name)
		}
	}
	for _, step := range plan.Steps {
		if step.Parallel > 0 {
			d.rolling[step.Name] = workflow.NewSemaphore(ctx, int64(step.Parallel))
		}
		for _, node := range step.Nodes {
			d.board.addStep(step.Name, node)
		}
	}
	d.takeEarly()
	return d.enter(ctx, deploy.StateRunning)
}

// launchNodes makes all nodes exist, a batch after the other.
func (d *deployment) launchNodes(ctx workflow.Context) error {
	for first := 0; first < len(d.plan.Nodes); first += launchBatch {
		batch := d.plan.Nodes[first:min(first+launchBatch, len(d.plan.Nodes))]
		// The batch is decided about as one, by its first node.
		status := d.board.at[stepOn{deploy.StepLaunch, batch[0].Name}]
		err := d.persist(ctx, status, func(ctx workflow.Context) error { return d.launchBatch(ctx, first, batch) })
		if err != nil {
			return err
		}
		if !d.board.over(status) {
			f := d.failures[0]
			return &f
		}
	}
	return nil
}

// launchBatch launches some nodes with one call.
func (d *deployment) launchBatch(ctx workflow.Context, first int, batch []deploy.NodeSpec) error {
	status := func(node string) *deploy.StepStatus { return d.board.at[stepOn{deploy.StepLaunch, node}] }
	for _, spec := range batch {
		d.board.start(status(spec.Name), workflow.Now(ctx))
	}
	d.show(ctx)
	summary := fmt.Sprintf("Launch %s to %s", batch[0].Name, batch[len(batch)-1].Name)
	if len(batch) == 1 {
		summary = "Launch " + batch[0].Name
	}
	launched, err := call(ctx, summarized(d.cloud(), fmt.Sprintf("launch/%d", first), summary), deeds.Launch,
		activities.LaunchInput{Deployment: d.name, Provider: d.plan.Provider, Nodes: batch})
	if err != nil {
		f := failureOf(err, deploy.StepLaunch, "")
		for _, spec := range batch[1:] {
			d.board.finish(status(spec.Name), deploy.StepFailed, workflow.Now(ctx), f.Message)
		}
		if isCancelled(ctx, err) {
			d.board.finish(status(batch[0].Name), deploy.StepFailed, workflow.Now(ctx), "cancelled")
			return err
		}
		d.fail(ctx, status(batch[0].Name), err)
		return nil
	}
	for _, instance := range launched.Instances {
		d.board.launched(instance)
		message := "exists"
		if instance.Launched {
			message = "launched"
			d.changes = append(d.changes, "launched "+instance.Node)
		}
		d.board.finish(status(instance.Node), deploy.StepDone, workflow.Now(ctx), message)
	}
	return nil
}

// isCancelled tells the end of an operation from a failure.
func isCancelled(ctx workflow.Context, err error) bool {
	return temporal.IsCanceledError(err) || errors.Is(ctx.Err(), workflow.ErrCanceled)
}

// findOutputs evaluates what the blueprint promises to tell.
func (d *deployment) findOutputs(workflow.Context) error {
	outputs, missing, err := d.expr.Outputs(d.board)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		m := missing[0]
		return &deploy.Failure{Kind: deploy.KindExpression, Message: fmt.Sprintf("an output refers to the fact %s of %s, which nothing has told", m.Fact, m.Node)}
	}
	d.outputs = outputs
	return nil
}

// end says how the operation ended, everywhere where it is looked for.
func (d *deployment) end(ctx workflow.Context, err error) (deploy.Outcome, error) {
	// A cancelled deployment still has to say so, and to unmake what it made.
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	d.ending = true
	d.board.skipWaiting()
	if err == nil {
		state := deploy.StateDone
		if d.request.Mode == deploy.ModeCheck {
			state = d.found()
		}
		if err := errors.Join(d.enter(ctx, state), d.announced(ctx)); err != nil {
			return deploy.Outcome{}, err
		}
		return d.outcome(), nil
	}
	cancelled := temporal.IsCanceledError(err) || errors.Is(err, workflow.ErrCanceled)
	if len(d.failures) == 0 && !cancelled {
		d.failures = append(d.failures, failureOf(err, "", ""))
	}
	state, what := deploy.StateFailed, "what was made stays"
	if cancelled {
		state = deploy.StateCancelled
	}
	if d.plan != nil && (d.undoing || d.request.OnFailure == deploy.OnFailureRollback) {
		d.rollback(ctx)
		state, what = deploy.StateRolledBack, "what it had made is unmade"
		if len(d.left) > 0 {
			what = "what it had made is unmade, but for: " + strings.Join(d.left, "; ")
		}
	}
	if err := errors.Join(d.enter(ctx, state), d.announced(ctx)); err != nil {
		return deploy.Outcome{}, err
	}
	if cancelled {
		return deploy.Outcome{}, temporal.NewCanceledError("the deployment was cancelled; " + what)
	}
	return deploy.Outcome{}, failed(d.failures, d.left)
}
