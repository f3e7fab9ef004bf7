package workflows

import (
	"encoding/json"
	"errors"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// deployment is an operation on a deployment while it runs.
type deployment struct {
	name    string
	run     string
	request deploy.Request
	plan    *deploy.Plan
	// nodes are those that this workflow itself connects to.
	nodes   []deploy.NodeSpec
	expr    *deploy.Evaluator
	actions map[string]activities.Action
	board   *board
	slots   workflow.Semaphore
	// flying is how many of them steps have taken.
	flying int

	state    deploy.State
	outputs  map[string]any
	changes  []string
	failures []deploy.Failure
	// troubles counts how often failures has changed, folded the changes that are not listed.
	troubles, folded int
	// failedStep is the one that is told as a search attribute.
	failedStep string
	// part is what there is besides in a slice, cutting in a deployment of slices.
	part    *part
	cutting *cutting
	// rolling bounds the steps that run on some nodes at a time only.
	rolling map[string]workflow.Semaphore
	// awaited are the steps that wait for a person, approved what was decided.
	awaited  map[string]bool
	approved map[string]Approval
	// unfinished counts what runs or waits, other than asking for facts.
	unfinished int
	// ctx is the operation's own, and all what it does not end before.
	ctx     workflow.Context
	all     workflow.WaitGroup
	runners []*runner
	// broken is the first error of a runner.
	broken error
	// ending says that no further step may start; undoing that what was made is
	// unmade afterwards.
	ending, undoing bool
	// paused are the failed steps that wait for a decision, decided those that
	// have one that they have not taken up yet.
	paused    map[*deploy.StepStatus]bool
	decided   map[*deploy.StepStatus]*decision
	replacing map[string]bool
	// configs is with what steps were run, made what they say they made, and left
	// what could not be unmade.
	configs map[*deploy.StepStatus]json.RawMessage
	made    map[*deploy.StepStatus][]string
	left    []string
	// answers says that activities that are cancelled are waited for. Before, what
	// they had just begun was not seen by a rollback, and stayed.
	answers bool
	// watched says that stalls are looked for already.
	watched bool
	notices notices
	// table is the table of nodes as it was when machines were last counted so.
	table   string
	tableOf int
	// absent says of nodes that cannot be looked at why, differences and unchecked
	// what a check has found.
	absent      map[string]string
	differences []deploy.Difference
	unchecked   []deploy.Unchecked
	// early holds signals that came before the plan was known.
	early []NodeMessage
	// waiters counts the updates that wait for the answer, which is nil until the end.
	waiters int
	answer  *answer
}

// Search attributes, typed.
var (
	stateKey      = temporal.NewSearchAttributeKeyKeyword(StateAttribute)
	blueprintKey  = temporal.NewSearchAttributeKeyKeyword(BlueprintAttribute)
	providerKey   = temporal.NewSearchAttributeKeyKeyword(ProviderAttribute)
	nodesKey      = temporal.NewSearchAttributeKeyInt64(NodesAttribute)
	failedStepKey = temporal.NewSearchAttributeKeyKeyword(FailedStepAttribute)
)

// newDeployment begins an operation: it can be asked for its status and takes
// signals of nodes from here on.
func newDeployment(ctx workflow.Context, request deploy.Request) (*deployment, error) {
	info := workflow.GetInfo(ctx)
	d := blank(ctx, info.WorkflowExecution.ID, info.OriginalRunID, request)
	if request.Mode == deploy.ModeCheck {
		// There is nothing to decide about, and nothing to unmake.
		d.request.OnFailure = deploy.OnFailureFail
	}
	if err := d.queries(ctx); err != nil {
		return nil, err
	}
	d.answers = workflow.GetVersion(ctx, "cancelled-answers", workflow.DefaultVersion, 1) != workflow.DefaultVersion
	d.listen(ctx)
	return d, errors.Join(d.approvals(ctx), d.decisions(ctx), d.waits(ctx))
}

// blank is an operation of which nothing is known yet but what it is about.
func blank(ctx workflow.Context, name, run string, request deploy.Request) *deployment {
	d := &deployment{
		name: name, run: run, request: request,
		actions: map[string]activities.Action{}, board: newBoard(), slots: workflow.NewSemaphore(ctx, maxInFlight),
		state: deploy.StatePlanning, outputs: map[string]any{}, changes: []string{},
		paused: map[*deploy.StepStatus]bool{}, decided: map[*deploy.StepStatus]*decision{}, replacing: map[string]bool{},
		configs: map[*deploy.StepStatus]json.RawMessage{}, made: map[*deploy.StepStatus][]string{},
		rolling: map[string]workflow.Semaphore{}, awaited: map[string]bool{}, approved: map[string]Approval{},
		absent: map[string]string{},
	}
	for _, a := range activities.Actions() {
		d.actions[a.Name] = a
	}
	return d
}

// status answers the query of that name.
func (d *deployment) status() (deploy.Status, error) {
	s := deploy.Status{
		Deployment: d.name, Blueprint: d.request.Blueprint, Provider: d.request.Provider, State: d.state,
		Nodes: d.board.nodeStatus(), Steps: d.board.stepStatus(), Outputs: d.outputs, Changes: d.changesTold(), Failures: d.failures, Left: d.left,
		Differences: d.differences, NotChecked: d.unchecked,
	}
	if d.plan != nil {
		s.Provider = d.plan.Provider
	}
	s.Simulated = d.simulated()
	d.fold(&s)
	return s, nil
}

// simulated says that there are no machines behind all this.
func (d *deployment) simulated() bool {
	if d.plan != nil {
		return d.plan.Provider == deploy.ProviderSimulation
	}
	return d.request.Provider == deploy.ProviderSimulation
}

// enter makes state the deployment's, for all who look: the query, the details
// in the UI, and visibility.
func (d *deployment) enter(ctx workflow.Context, state deploy.State) error {
	previous := d.state
	d.state = state
	if d.part != nil {
		// The deployment itself tells the world.
		d.show(ctx)
		return nil
	}
	d.note(ctx, previous)
	d.show(ctx)
	updates := []temporal.SearchAttributeUpdate{stateKey.ValueSet(string(state))}
	if d.plan != nil && state == deploy.StateRunning {
		updates = append(updates,
			blueprintKey.ValueSet(d.plan.Blueprint), providerKey.ValueSet(d.plan.Provider), nodesKey.ValueSet(int64(len(d.plan.Nodes))))
	}
	return workflow.UpsertTypedSearchAttributes(ctx, updates...)
}

// tellFailedStep lets deployments be found by the step that failed, where the plan
// says that the namespace knows that search attribute: one that it does not know would
// keep the workflow from going on.
func (d *deployment) tellFailedStep(ctx workflow.Context) {
	if d.plan == nil || d.part != nil || !slices.Contains(d.plan.Searchable, FailedStepAttribute) {
		return
	}
	failed := ""
	if len(d.failures) > 0 {
		failed = d.failures[0].Step
	}
	if failed == d.failedStep {
		return
	}
	d.failedStep = failed
	update := failedStepKey.ValueUnset()
	if failed != "" {
		update = failedStepKey.ValueSet(failed)
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, update); err != nil {
		workflow.GetLogger(ctx).Warn("The failed step cannot be made known", "step", failed, "error", err)
	}
}

// stopping says that no further step may start.
func (d *deployment) stopping() bool { return d.ending }

// outcome is what the operation returns.
func (d *deployment) outcome() deploy.Outcome {
	o := deploy.Outcome{
		Deployment: d.name, Blueprint: d.request.Blueprint, Simulated: d.simulated(), State: d.state,
		Nodes: d.board.nodeStatus(), Outputs: d.outputs, Changes: d.changesTold(), Left: d.left,
		Differences: d.differences, NotChecked: d.unchecked,
	}
	if !d.board.factsFit(0) {
		o.FactsLeftOut = true
		withoutFacts(o.Nodes)
	}
	return o
}
