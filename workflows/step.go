package workflows

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// runStep runs a step on a node as soon as what it needs is done and every fact
// that it refers to is known. When it fails for good, it waits for a decision. It
// reports whether the steps after it may run.
func (d *deployment) runStep(ctx workflow.Context, step *deploy.Step, node string) (bool, error) {
	status := d.board.at[stepOn{step.Name, node}]
	rolling := d.rolling[step.Name]
	held := false
	defer func() {
		if held {
			rolling.Release(1)
		}
	}()
	err := d.persist(ctx, status, func(ctx workflow.Context) error {
		config, err := d.ready(ctx, step, node, status)
		if err != nil || config == nil {
			return err
		}
		if rolling != nil && !held {
			// Whoever comes first in the plan gets the next turn: waiters are asked in
			// the order in which they were started. A step that failed keeps its
			// turn, so that what broke one node does not break the next.
			d.board.wait(status, func() string { return "waits for its turn" })
			d.show(ctx)
			if err := rolling.Acquire(ctx, 1); err != nil {
				return err
			}
			held = true
		}
		return d.attempts(ctx, step, node, config)
	})
	return d.board.over(status), err
}

// attempts attempts a step as often as the blueprint says.
func (d *deployment) attempts(ctx workflow.Context, step *deploy.Step, node string, config json.RawMessage) error {
	status := d.board.at[stepOn{step.Name, node}]
	var again *againError
	for attempt := 1; ; attempt++ {
		last := step.Retry == nil || attempt >= step.Retry.Attempts
		err := d.attemptStep(ctx, step, node, config, last)
		if !errors.As(err, &again) {
			return d.settle(ctx, status, again, err)
		}
		pause := time.Duration(step.Retry.Delay) * time.Second
		_, err = workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: pause, TimerOptions: workflow.TimerOptions{Summary: "Pause before " + step.Name + " on " + node},
		}, d.stopping)
		if err != nil || d.stopping() {
			return d.settle(ctx, status, again, err)
		}
	}
}

// settle ends a step that was to be attempted again and is not, since the
// operation ends before: it has failed as it did last.
func (d *deployment) settle(ctx workflow.Context, status *deploy.StepStatus, last *againError, err error) error {
	switch {
	case status.State != deploy.StepRunning || last == nil:
	case err != nil:
		d.board.finish(status, deploy.StepFailed, workflow.Now(ctx), "cancelled")
	default:
		d.fail(ctx, status, last.cause)
	}
	return err
}

// attemptStep makes one attempt of a step that is ready.
func (d *deployment) attemptStep(ctx workflow.Context, step *deploy.Step, node string, config json.RawMessage, last bool) error {
	status := d.board.at[stepOn{step.Name, node}]
	action := d.actions[step.Action]
	timeout := time.Duration(step.Timeout) * time.Second
	switch action.Nature {
	case activities.NatureAwait:
		return d.attempt(ctx, status, last, func(ctx workflow.Context) (activities.ActionResult, error) {
			return d.await(ctx, step, node, config, timeout)
		})
	case activities.NatureApprove:
		return d.attempt(ctx, status, true, func(ctx workflow.Context) (activities.ActionResult, error) {
			return d.awaitApproval(ctx, step, node, config, timeout)
		})
	}
	return d.attemptInFlight(ctx, status, last, func(ctx workflow.Context) (activities.ActionResult, error) {
		return d.act(ctx, action, step, node, config, timeout)
	})
}

// act has the action's activity do a step on a node.
func (d *deployment) act(ctx workflow.Context, action activities.Action, step *deploy.Step, node string, config json.RawMessage, timeout time.Duration) (activities.ActionResult, error) {
	status := d.board.at[stepOn{step.Name, node}]
	d.configs[status] = config
	in := activities.ActionInput[json.RawMessage]{
		Deployment: d.name, Run: d.run, Step: step.Name, Attempt: status.Attempts, Node: d.board.named[node].Node, Config: config,
	}
	if d.part != nil {
		in.Current = d.part.current
	}
	if action.Wide {
		in.Nodes = d.board.all()
	}
	options := summarized(d.byNature(action.Nature, timeout), step.Name+"/"+node, stepSummary(step.Name, action.Title, node))
	var result activities.ActionResult
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), action.Name, in).Get(ctx, &result)
	var late *temporal.TimeoutError
	if timeout > 0 && errors.As(err, &late) && late.TimeoutType() != enumspb.TIMEOUT_TYPE_HEARTBEAT {
		err = &deploy.Failure{Kind: deploy.KindTimeout, Message: fmt.Sprintf("did not end within %s, and was stopped", timeout)}
	}
	if action.Nature == activities.NatureLong && d.secret(action, config) {
		if scrubbed := d.scrub(ctx, in); err == nil {
			err = scrubbed
		}
	}
	return result, err
}

// stepSummary is what the UI shows for an attempt of a step. Several steps may run
// scripts, so the title of an action alone would not tell them apart.
func stepSummary(step, title, node string) string {
	if strings.EqualFold(step, title) {
		return title + " on " + node
	}
	return step + ": " + title + " on " + node
}

// secret says whether a step has to do with sensitive values.
func (d *deployment) secret(action activities.Action, config json.RawMessage) bool {
	// JSON writes < as an escape; decoded, a sealed value looks like itself.
	var decoded any
	if json.Unmarshal(config, &decoded) == nil && holdsSealed(decoded) {
		return true
	}
	return action.Secret != nil && action.Secret(config)
}

func holdsSealed(value any) bool {
	switch v := value.(type) {
	case string:
		return deploy.HasSealed(v)
	case []any:
		return slices.ContainsFunc(v, holdsSealed)
	case map[string]any:
		for _, name := range workflow.DeterministicKeys(v) {
			if holdsSealed(v[name]) {
				return true
			}
		}
	}
	return false
}

// scrub removes what a job with sensitive values left on its node, however the
// job ended, also when the deployment is cancelled.
func (d *deployment) scrub(ctx workflow.Context, in activities.ActionInput[json.RawMessage]) error {
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	_, err := call(ctx, summarized(d.quick(), "scrub/"+in.Step+"/"+in.Node.Name, "Scrub on "+in.Node.Name), deeds.Scrub,
		activities.ScrubInput{Deployment: in.Deployment, Run: in.Run, Step: in.Step, Attempt: in.Attempt, Node: in.Node})
	return err
}

// ready waits for a step's needs and facts and returns its configuration with
// all expressions evaluated; nil means that the deployment ends before, or that
// the step is not wanted on the node.
func (d *deployment) ready(ctx workflow.Context, step *deploy.Step, node string, status *deploy.StepStatus) (json.RawMessage, error) {
	needs := append([]deploy.Need{{Step: deploy.StepConnect, Of: deploy.NeedOwn}}, step.Needs...)
	if met, err := d.awaitNeeds(ctx, needs, node, status); err != nil || !met {
		return nil, err
	}
	wanted := true
	goOn, err := d.awaitFacts(ctx, status, func() (missing []deploy.Missing, err error) {
		wanted, missing, err = d.expr.When(step, node, d.board)
		return missing, err
	})
	if err != nil || !goOn {
		return nil, err
	}
	if !wanted {
		d.board.pass(status, "not wanted: when "+step.When)
		d.show(ctx)
		return nil, nil
	}
	var config json.RawMessage
	goOn, err = d.awaitFacts(ctx, status, func() (missing []deploy.Missing, err error) {
		config, missing, err = d.expr.Config(step, node, d.board)
		return missing, err
	})
	if err != nil || !goOn {
		return nil, err
	}
	return config, nil
}

// awaitNeeds waits until all needs are met; false means that the deployment ends before.
func (d *deployment) awaitNeeds(ctx workflow.Context, needs []deploy.Need, node string, status *deploy.StepStatus) (bool, error) {
	for _, need := range needs {
		if !d.board.met(need, node) {
			d.board.wait(status, func() string { return waitsFor(need.Step, d.board.lacking(need, node)) })
			d.show(ctx)
		}
		if !d.board.met(need, node) && d.park(ctx, need) {
			return false, errParked
		}
		if err := workflow.Await(ctx, func() bool { return d.stopping() || d.board.met(need, node) }); err != nil {
			return false, err
		}
		if d.stopping() {
			return false, nil
		}
	}
	return true, nil
}

// awaitFacts evaluates until no fact is missing; false means that the
// deployment ends before, maybe since this cannot be evaluated.
func (d *deployment) awaitFacts(ctx workflow.Context, status *deploy.StepStatus, evaluate func() ([]deploy.Missing, error)) (bool, error) {
	for {
		missing, err := evaluate()
		if err != nil {
			d.fail(ctx, status, &deploy.Failure{Kind: deploy.KindExpression, Message: err.Error()})
			return false, nil //nolint:nilerr // the failure is the step's, and recorded
		}
		if len(missing) == 0 {
			// It may wait for its turn yet, and is not to be given up for a fact that it has.
			d.board.lacksNone(status)
			return true, nil
		}
		d.watchStall(ctx)
		d.board.lack(status, missing)
		if d.part != nil {
			d.want(missing)
		}
		d.show(ctx)
		// Any of them may be enough: an expression can be satisfied by one of two.
		err = workflow.Await(ctx, func() bool {
			for _, m := range missing {
				if _, known := d.board.Fact(m.Node, m.Fact); known {
					return true
				}
			}
			// It is made to fail from outside when nothing will ever tell them.
			return d.stopping() || status.State == deploy.StepFailed
		})
		if err != nil || d.stopping() || status.State == deploy.StepFailed {
			return false, err
		}
	}
}

// waitsForFacts says which facts of which nodes a step waits for.
func waitsForFacts(missing []deploy.Missing) string {
	var names []string
	nodes := map[string][]string{}
	for _, m := range missing {
		if nodes[m.Fact] == nil {
			names = append(names, m.Fact)
		}
		nodes[m.Fact] = append(nodes[m.Fact], m.Node)
	}
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = waitsFor(name, nodes[name])
	}
	const most = 3
	if len(parts) > most {
		parts = append(parts[:most], fmt.Sprintf("and %d more facts", len(names)-most))
	}
	return strings.Join(parts, "; ")
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
func (d *deployment) attemptInFlight(ctx workflow.Context, status *deploy.StepStatus, last bool, do func(workflow.Context) (activities.ActionResult, error)) error {
	if err := d.slots.Acquire(ctx, 1); err != nil {
		return err
	}
	d.flying++
	defer func() {
		d.flying--
		d.slots.Release(1)
	}()
	return d.attempt(ctx, status, last, do)
}

// againError asks for another attempt of a step, which may do better.
type againError struct{ cause error }

func (e *againError) Error() string { return e.cause.Error() }

// attempt makes one deliberate attempt of a step on a node and records how it
// ended. It returns an error only for cancellation, and an againError for a failure
// that may pass where this was not the last attempt.
func (d *deployment) attempt(ctx workflow.Context, status *deploy.StepStatus, last bool, do func(workflow.Context) (activities.ActionResult, error)) error {
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
		if isCancelled(ctx, err) {
			d.board.finish(status, deploy.StepFailed, workflow.Now(ctx), "cancelled")
			return temporal.NewCanceledError()
		}
		if f := failureOf(err, status.Name, status.Node); !last && activities.Deliberate(f.Kind) {
			status.Message = "again after: " + f.Message
			d.show(ctx)
			return &againError{err}
		}
		d.fail(ctx, status, err)
		return nil
	}
	for _, name := range workflow.DeterministicKeys(result.Facts) {
		d.board.learn(status.Node, name, result.Facts[name])
	}
	d.changes = append(d.changes, result.Changes...)
	if len(result.Made) > 0 {
		d.made[status] = append(d.made[status], result.Made...)
	}
	d.board.finish(status, deploy.StepDone, workflow.Now(ctx), result.Message)
	d.show(ctx)
	return nil
}

// errStopping ends a wait in a deployment that has failed elsewhere. It is no
// failure of the step that waited.
var errStopping = errors.New("another step failed")
