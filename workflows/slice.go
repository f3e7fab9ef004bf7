package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// SliceInput is what a slice is told at its beginning.
type SliceInput struct {
	Deployment string `json:"deployment"`
	// Run is that of the deployment's workflow, which tells this operation's jobs
	// from those of another.
	Run string `json:"run"`
	// Current is the deployment's run now, which differs from Run where it was taken up
	// from an earlier one.
	Current string `json:"current"`
	Slice   string `json:"slice"`
	// Plan holds the steps that slices run, with the nodes that they have to know.
	Plan      *deploy.Plan `json:"plan"`
	OnFailure string       `json:"on_failure"`
	// Instances are the slice's own machines.
	Instances deploy.Instances `json:"instances"`
	// Elsewhere are the steps that the deployment's own workflow runs, with their nodes in the slice.
	Elsewhere []deploy.Step `json:"elsewhere,omitempty"`
	// Eager are steps of which every end is worth a report at once.
	Eager []string `json:"eager,omitempty"`
	// Awaited are steps on single nodes of which the end is worth one.
	Awaited []StepNamed `json:"awaited,omitempty"`
	// InFlight bounds the activities that are pending at once.
	InFlight int `json:"in_flight"`
	// ByNode has a node go on, once it is connected to, before the next one begins, so that few are
	// connected to that wait. Slices begun by earlier versions connect to all nodes first.
	ByNode bool `json:"by_node,omitempty"`
	Pace   Pace `json:"pace"`
}

// part is what a deployment's state holds besides where it is that of a slice.
type part struct {
	slice, current string
	// mine are the slice's nodes, elsewhere the steps on them that others run.
	mine      map[string]bool
	elsewhere map[*deploy.StepStatus]bool
	// going are the redos that may go on.
	going map[int]Redo
	// end says that nothing is left to do for anybody.
	end bool
	// byNode is SliceInput.ByNode, mayFly its InFlight.
	byNode bool
	mayFly int
	parking
	reporting
}

// Slice runs steps on some of a deployment's nodes, as a child of its workflow, so
// that no history grows with the number of nodes. It decides nothing that concerns
// others: it reports, and is told. It fails only where it is broken itself; how steps
// ended is what it reports.
func Slice(ctx workflow.Context, in SliceInput) (Report, error) {
	if workflow.GetInfo(ctx).ParentWorkflowExecution == nil {
		return Report{}, refused("slice", in.Slice, "part of a deployment: start %s", DeployType)
	}
	d, err := newSlice(ctx, in)
	if err != nil {
		return Report{}, err
	}
	// How its steps ended is in the report.
	_ = d.runTracks(ctx)
	// What it has not reported yet is its result, also where it is cancelled.
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	d.ending = true
	d.board.skipWaiting()
	if waiting := d.part.silence(ctx); waiting != nil {
		return Report{}, waiting
	}
	if d.broken != nil && !isCancelled(ctx, d.broken) {
		return Report{}, d.broken
	}
	return d.report(), nil
}

// newSlice begins a slice.
func newSlice(ctx workflow.Context, in SliceInput) (*deployment, error) {
	request := deploy.Request{Blueprint: in.Plan.Blueprint, Provider: in.Plan.Provider, OnFailure: in.OnFailure}
	d := blank(ctx, in.Deployment, in.Run, request)
	expr, err := in.Plan.Evaluator(activities.Types())
	if err != nil {
		return nil, err
	}
	d.state, d.plan, d.expr, d.answers = deploy.StateRunning, in.Plan, expr, true
	// Only who sees all slices can tell that nothing happens any more.
	d.watched = true
	d.slots = workflow.NewSemaphore(ctx, int64(in.InFlight))
	d.part = &part{slice: in.Slice, current: in.Current, mine: map[string]bool{}, elsewhere: map[*deploy.StepStatus]bool{}, going: map[int]Redo{}, byNode: in.ByNode, mayFly: in.InFlight,
		parking: parking{on: map[deploy.Need][]*runner{}, watched: map[deploy.Need]bool{}}, reporting: newReporting(in)}
	d.board.told = map[deploy.Need]bool{}
	d.layOut(in)
	if err := ask(ctx, StatusQuery, "Where this slice of the deployment stands: its nodes with their facts, and every step on every node.", d.status); err != nil {
		return nil, err
	}
	d.show(ctx)
	d.listen(ctx)
	d.hear(ctx)
	d.reports(ctx)
	return d, nil
}

// layOut puts on the board what is the slice's.
func (d *deployment) layOut(in SliceInput) {
	for _, i := range in.Instances {
		d.part.mine[i.Node] = true
	}
	for _, spec := range in.Plan.Nodes {
		if d.part.mine[spec.Name] {
			d.nodes = append(d.nodes, spec)
			d.board.addNode(spec)
		}
	}
	for _, i := range in.Instances {
		d.board.launched(i)
	}
	for _, spec := range d.nodes {
		d.board.addStep(deploy.StepConnect, spec.Name)
		if len(d.wantedFacts(spec)) > 0 {
			d.board.addStep(deploy.StepFacts, spec.Name)
		}
	}
	for i := range in.Plan.Steps {
		step := &in.Plan.Steps[i]
		step.Nodes = d.part.own(step.Nodes)
		for _, node := range step.Nodes {
			d.board.addStep(step.Name, node)
		}
	}
	d.part.steps = append([]string{deploy.StepConnect}, stepNames(in.Plan.Steps)...)
	for _, s := range in.Awaited {
		d.part.awaited = append(d.part.awaited, d.board.at[s.on()])
	}
	for _, step := range in.Elsewhere {
		for _, node := range d.part.own(step.Nodes) {
			d.board.addStep(step.Name, node)
			d.part.elsewhere[d.board.at[stepOn{step.Name, node}]] = true
		}
	}
}

func stepNames(steps []deploy.Step) []string {
	names := make([]string, len(steps))
	for i, s := range steps {
		names[i] = s.Name
	}
	return names
}

// own are those of some nodes that are the slice's.
func (p *part) own(nodes []string) []string {
	return slices.DeleteFunc(slices.Clone(nodes), func(n string) bool { return !p.mine[n] })
}

// others is a runner that lasts until nobody has anything left to do: until then, a
// fact may still be told, and a node be replaced.
func (d *deployment) others() *runner {
	return &runner{name: "others", do: func(ctx workflow.Context) error {
		return workflow.Await(ctx, func() bool { return d.part.end })
	}}
}

// idle says that nothing goes on in the slice but the wait for others.
func (d *deployment) idle() bool { return d.unfinished <= 1 }
