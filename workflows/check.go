package workflows

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// check is Deploy in the mode of that name: it tells what differs from what the
// request says, and changes nothing.
func (d *deployment) check(ctx workflow.Context) error {
	return inOrder(ctx, d.makePlan, d.findNodes, d.lookAtNodes, d.lookAtSteps)
}

// findNodes compares the nodes that there are with those that shall be.
func (d *deployment) findNodes(ctx workflow.Context) error {
	found, err := call(ctx, summarized(planning(), "find", "Find the nodes of "+d.name), deeds.Find,
		activities.FindInput{Deployment: d.name, Provider: d.plan.Provider})
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, i := range found.Instances {
		there[i.Node] = true
		d.board.launched(i)
		if d.board.named[i.Node] == nil {
			d.differs(deploy.StepLaunch, i.Node, "exists, and is none of those that are asked for")
		}
	}
	for _, spec := range d.plan.Nodes {
		status := d.board.at[stepOn{deploy.StepLaunch, spec.Name}]
		d.board.start(status, workflow.Now(ctx))
		if !there[spec.Name] {
			d.differs(deploy.StepLaunch, spec.Name, "does not exist")
			d.absent[spec.Name] = spec.Name + " does not exist"
		}
		d.looked(ctx, status)
	}
	d.show(ctx)
	return nil
}

// lookAtNodes reaches the nodes that there are, and asks them for their facts.
func (d *deployment) lookAtNodes(ctx workflow.Context) error {
	return d.onEach(ctx, len(d.plan.Nodes), func(ctx workflow.Context, i int) error {
		spec := d.plan.Nodes[i]
		if err := d.reach(ctx, spec.Name); err != nil {
			return err
		}
		facts := d.wantedFacts(spec)
		if len(facts) == 0 {
			return nil
		}
		status := d.board.at[stepOn{deploy.StepFacts, spec.Name}]
		if why := d.absent[spec.Name]; why != "" {
			d.unknown(status, why)
			return nil
		}
		d.board.start(status, workflow.Now(ctx))
		if err := d.askOnce(ctx, spec.Name, facts); err != nil {
			return d.lookFailed(ctx, status, err)
		}
		d.looked(ctx, status)
		return nil
	})
}

// reach connects to a node, without leaving anything there.
func (d *deployment) reach(ctx workflow.Context, node string) error {
	status := d.board.at[stepOn{deploy.StepConnect, node}]
	if why := d.absent[node]; why != "" {
		d.unknown(status, why)
		return nil
	}
	d.board.start(status, workflow.Now(ctx))
	d.show(ctx)
	_, err := call(ctx, summarized(reaching(), deploy.StepConnect+"/"+node, "Connect to "+node), deeds.Connect,
		activities.ConnectInput{Deployment: d.name, Node: d.board.named[node].Node, Look: true})
	if isCancelled(ctx, err) {
		return err
	}
	if err != nil {
		d.differs(deploy.StepConnect, node, "cannot be reached: "+failureOf(err, "", "").Message)
		d.absent[node] = node + " cannot be reached"
	}
	d.looked(ctx, status)
	return nil
}

// lookAtSteps looks at every step on every node, a step after the other.
func (d *deployment) lookAtSteps(ctx workflow.Context) error {
	for i := range d.plan.Steps {
		step := &d.plan.Steps[i]
		err := d.onEach(ctx, len(step.Nodes), func(ctx workflow.Context, i int) error {
			return d.lookAt(ctx, step, step.Nodes[i])
		})
		if err != nil {
			return err
		}
	}
	if len(d.failures) > 0 {
		f := d.failures[0]
		return &f
	}
	return nil
}

// lookAt looks at one step on one node.
func (d *deployment) lookAt(ctx workflow.Context, step *deploy.Step, node string) error {
	status := d.board.at[stepOn{step.Name, node}]
	action := d.actions[step.Action]
	config, wanted, why := d.lookable(step, node)
	switch {
	case why != "":
		d.unknown(status, why)
		return nil
	case !wanted:
		d.board.pass(status, "not wanted: when "+step.When)
		return nil
	}
	in := activities.ActionInput[json.RawMessage]{
		Deployment: d.name, Run: d.run, Step: step.Name, Attempt: 1, Node: d.board.named[node].Node, Config: config,
	}
	if action.Wide {
		in.Nodes = d.board.all()
	}
	if err := d.slots.Acquire(ctx, 1); err != nil {
		return err
	}
	defer d.slots.Release(1)
	d.board.start(status, workflow.Now(ctx))
	d.show(ctx)
	options := summarized(looking(), step.Name+"/"+node, "Look at "+strings.ToLower(action.Title)+" on "+node)
	var found activities.CheckResult
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), activities.CheckName(action.Name), in).Get(ctx, &found)
	if err != nil {
		return d.lookFailed(ctx, status, err)
	}
	for _, what := range found.Differences {
		d.differs(step.Name, node, what)
	}
	if found.NotChecked != "" {
		d.unknown(status, found.NotChecked)
		return nil
	}
	d.looked(ctx, status)
	return nil
}

// lookable returns a step's configuration, and whether the step is wanted on the
// node; or why it cannot be looked at.
func (d *deployment) lookable(step *deploy.Step, node string) (config json.RawMessage, wanted bool, why string) {
	if why := d.absent[node]; why != "" {
		return nil, false, why
	}
	action := d.actions[step.Action]
	if names := workflow.DeterministicKeys(d.absent); action.Wide && len(names) > 0 {
		return nil, false, d.absent[names[0]]
	}
	wanted, missing, err := d.expr.When(step, node, d.board)
	if err == nil && wanted && len(missing) == 0 {
		config, missing, err = d.expr.Config(step, node, d.board)
	}
	switch {
	case err != nil:
		return nil, false, err.Error()
	case len(missing) > 0:
		return nil, false, fmt.Sprintf("the fact %s of %s is not known without acting", missing[0].Fact, missing[0].Node)
	case wanted && !action.CanCheck && action.Unchecked == "":
		return nil, false, "the action " + action.Name + " cannot look without acting"
	case wanted && !action.CanCheck:
		return nil, false, action.Unchecked
	}
	return config, wanted, ""
}

// onEach does something for each of some numbers, all at once.
func (d *deployment) onEach(ctx workflow.Context, count int, do func(workflow.Context, int) error) error {
	var failed []error
	all := workflow.NewWaitGroup(ctx)
	for i := range count {
		all.Add(1)
		workflow.GoNamed(ctx, fmt.Sprintf("look %d", i), func(ctx workflow.Context) {
			defer all.Done()
			if err := do(ctx, i); err != nil {
				failed = append(failed, err)
			}
		})
	}
	all.Wait(ctx)
	return errors.Join(failed...)
}

// differs notes what differs.
func (d *deployment) differs(step, node, what string) {
	d.differences = append(d.differences, deploy.Difference{Step: step, Node: node, What: what})
}

// unknown notes a step that cannot be looked at.
func (d *deployment) unknown(status *deploy.StepStatus, why string) {
	d.unchecked = append(d.unchecked, deploy.Unchecked{Step: status.Name, Node: status.Node, Because: why})
	status.State, status.Message = deploy.StepSkipped, "not checked: "+why
}

// looked ends the look at a step.
func (d *deployment) looked(ctx workflow.Context, status *deploy.StepStatus) {
	count := 0
	for _, found := range d.differences {
		if found.Step == status.Name && found.Node == status.Node {
			count++
		}
	}
	message := "as it shall be"
	if count > 0 {
		message = fmt.Sprintf("differs in %d", count)
	}
	d.board.finish(status, deploy.StepDone, workflow.Now(ctx), message)
	d.show(ctx)
}

// lookFailed records that a look at a step failed. The others go on.
func (d *deployment) lookFailed(ctx workflow.Context, status *deploy.StepStatus, err error) error {
	if isCancelled(ctx, err) {
		d.board.finish(status, deploy.StepFailed, workflow.Now(ctx), "cancelled")
		return err
	}
	d.fail(ctx, status, err)
	return nil
}

// found is how a check ends, with what it found in the order of the plan: looks at
// many nodes end in any.
func (d *deployment) found() deploy.State {
	order := map[stepOn]int{}
	for i, s := range d.board.steps {
		order[stepOn{s.Name, s.Node}] = i
	}
	slices.SortStableFunc(d.differences, func(a, b deploy.Difference) int { return order[stepOn{a.Step, a.Node}] - order[stepOn{b.Step, b.Node}] })
	slices.SortStableFunc(d.unchecked, func(a, b deploy.Unchecked) int { return order[stepOn{a.Step, a.Node}] - order[stepOn{b.Step, b.Node}] })
	if len(d.differences) > 0 {
		return deploy.StateDrifted
	}
	return deploy.StateInSync
}
