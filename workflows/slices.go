package workflows

import (
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
)

// slicing says when a deployment is cut into slices, and how large they are. With
// some activities for each of a slice's nodes, its history stays below what Temporal
// suggests for one. Only tests change it.
var slicing = struct{ above, nodes, inFlight int }{above: 100, nodes: 100, inFlight: 1000}

// mostReports is how many reports there may be only since some time has gone by, of
// all slices of a deployment: all that stands in its history has to be bounded.
const mostReports = 4000

// mostChanges is how many lines of changes are listed of a deployment of slices.
const mostChanges = 2000

// cutting is what the workflow of a deployment knows of its slices.
type cutting struct {
	slices []*slice
	// of are the slices by node, named by their name.
	of, named map[string]*slice
	// steps are those that slices run.
	steps map[string]bool
	// needs are those of slices' steps that are not fulfilled yet for all nodes.
	needs []deploy.Need
	// wants are who wants to know a fact.
	wants map[FactNamed][]*slice
	// hearing is the slice whose report is being taken in.
	hearing *slice
	// redos numbers them, stopped counts the slices that are ready for each.
	redos   int
	stopped map[int]int
}

// slice is one child with some of the nodes.
type slice struct {
	name, group string
	nodes       []string
	specs       []deploy.NodeSpec
	// on are its nodes on which a step runs, by the step's name.
	on    map[string][]string
	child workflow.ChildWorkflowFuture
	// mail is what it is to be told, where there is any.
	mail       News
	hasMail    bool
	failures   []deploy.Failure
	idle, done bool
}

func (s *slice) tell(write func(*News)) {
	write(&s.mail)
	s.hasMail = true
}

func (c *cutting) tellAll(write func(*News)) {
	for _, s := range c.slices {
		s.tell(write)
	}
}

// inSlices says whether slices run a step.
func (d *deployment) inSlices(step string) bool { return d.cutting != nil && d.cutting.steps[step] }

// sliceOf is the slice that a step on a node is run by; nil where it is this workflow.
func (d *deployment) sliceOf(step, node string) *slice {
	if d.cutting == nil || (!d.cutting.steps[step] && step != deploy.StepConnect && step != deploy.StepFacts) {
		return nil
	}
	return d.cutting.of[node]
}

// cut has the nodes of a large deployment looked after by slices, and starts them.
// What concerns all nodes, or one at a time, stays here.
func (d *deployment) cut(ctx workflow.Context) error {
	if d.part != nil || len(d.plan.Nodes) <= slicing.above ||
		workflow.GetVersion(ctx, "slices", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return nil
	}
	c := &cutting{of: map[string]*slice{}, named: map[string]*slice{}, steps: map[string]bool{}, wants: map[FactNamed][]*slice{}, stopped: map[int]int{}}
	for _, spec := range d.plan.Nodes {
		name := sliceName(spec.Group, spec.Index)
		s := c.named[name]
		if s == nil {
			s = &slice{name: name, group: spec.Group, on: map[string][]string{}}
			c.named[name] = s
			c.slices = append(c.slices, s)
		}
		s.nodes, s.specs = append(s.nodes, spec.Name), append(s.specs, spec)
		c.of[spec.Name] = s
	}
	for _, step := range d.plan.Steps {
		c.steps[step.Name] = !d.actions[step.Action].Central() && step.Parallel == 0
		for _, node := range step.Nodes {
			on := c.of[node].on
			on[step.Name] = append(on[step.Name], node)
		}
		for _, need := range step.Needs {
			if c.steps[step.Name] && need.Of != deploy.NeedOwn && !slices.Contains(c.needs, need) {
				c.needs = append(c.needs, need)
			}
		}
	}
	d.cutting, d.nodes, d.board.heard = c, nil, d.passOn
	d.collect(ctx)
	for _, s := range c.slices {
		d.unfinished++
		d.spawn(ctx, &runner{name: "slice " + s.name, aside: true, do: func(ctx workflow.Context) error { return d.runSlice(ctx, s) }})
		d.deliver(ctx, s)
	}
	d.keepTelling(ctx)
	d.passOnKnown()
	return nil
}

// runSlice runs one slice to its end.
func (d *deployment) runSlice(ctx workflow.Context, s *slice) (err error) {
	in := d.sliceInput(ctx, s)
	options := workflow.ChildWorkflowOptions{
		WorkflowID: d.name + "/" + s.name, WaitForCancellation: true,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         s.nodes[0] + " to " + s.nodes[len(s.nodes)-1],
	}
	var last Report
	for attempt := 0; ; attempt++ {
		child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), SliceType, in)
		err = child.GetChildWorkflowExecution().Get(ctx, nil)
		if err == nil {
			s.child = child
			err = child.Get(ctx, &last)
			break
		}
		// That of an operation before this one may take a moment to end.
		if !temporal.IsWorkflowExecutionAlreadyStartedError(err) || attempt >= startAttempts {
			break
		}
		if err = workflow.Sleep(ctx, startPause); err != nil {
			break
		}
	}
	s.done = true
	if err == nil {
		d.takeReport(ctx, s, last)
		err = ctx.Err()
	}
	if !s.idle {
		s.idle = true
		d.unfinished--
	}
	if err != nil {
		// Its nodes are in a state that nobody knows: nothing else may begin.
		d.ending = true
	}
	return err
}

// How often it is tried to start a slice whose predecessor still runs.
const (
	startAttempts = 20
	startPause    = time.Second
)

// sliceInput is what a slice has to know. Only where a step looks at other nodes does
// it get them all.
func (d *deployment) sliceInput(ctx workflow.Context, s *slice) SliceInput {
	c := d.cutting
	in := SliceInput{
		Deployment: d.name, Run: d.run, Current: workflow.GetInfo(ctx).WorkflowExecution.RunID, Slice: s.name, OnFailure: d.onFailure(ctx),
		InFlight: max(1, min(len(s.nodes), slicing.inFlight/len(c.slices))), ByNode: true,
		Pace: Pace{
			Every: max(2000, int64(len(c.slices))*200), Often: mostReports / len(c.slices), Moves: 2 * len(s.nodes), Changes: max(5, mostChanges/len(c.slices)),
		},
	}
	plan := *d.plan
	plan.Steps, plan.Outputs, plan.Existing, plan.Notify = d.slicedSteps(s), nil, nil, nil
	if !slices.ContainsFunc(plan.Steps, func(step deploy.Step) bool { return d.expr.LooksAtOthers(step.Name) }) {
		plan.Nodes = s.specs
	}
	in.Plan = &plan
	for _, node := range s.nodes {
		in.Instances = append(in.Instances, d.board.named[node].AsInstance())
	}
	for _, step := range d.plan.Steps {
		for _, need := range step.Needs {
			if need.Of != deploy.NeedOwn && need.Of != deploy.NeedAll && c.steps[need.Step] && !slices.Contains(in.Eager, need.Step) {
				in.Eager = append(in.Eager, need.Step)
			}
		}
		if nodes := s.on[step.Name]; !c.steps[step.Name] && len(nodes) > 0 {
			in.Elsewhere = append(in.Elsewhere, deploy.Step{Name: step.Name, Nodes: nodes})
			for _, node := range nodes {
				in.Awaited = append(in.Awaited, StepNamed{deploy.StepConnect, node})
				for _, need := range step.Needs {
					if need.Of == deploy.NeedOwn && c.steps[need.Step] {
						in.Awaited = append(in.Awaited, StepNamed{need.Step, node})
					}
				}
			}
		}
	}
	return in
}

// slicedSteps are the steps of a slice.
func (d *deployment) slicedSteps(s *slice) []deploy.Step {
	var all []deploy.Step
	for _, step := range d.plan.Steps {
		if d.cutting.steps[step.Name] {
			if step.Nodes = s.on[step.Name]; len(step.Nodes) > 0 {
				all = append(all, step)
			}
		}
	}
	return all
}
