package workflows

import (
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// track is consecutive steps on the same nodes. Each node goes through them by
// itself, so that a fast node never waits for a slow one.
type track struct {
	steps []*deploy.Step
	nodes []string
}

// tracks groups the plan's steps by track.
func (d *deployment) tracks() []track {
	var all []track
	numbered := map[int]int{}
	for i := range d.plan.Steps {
		step := &d.plan.Steps[i]
		at, ok := numbered[step.Track]
		if !ok {
			at = len(all)
			numbered[step.Track] = at
			all = append(all, track{nodes: step.Nodes})
		}
		all[at].steps = append(all[at].steps, step)
	}
	return all
}

// runTracks connects to all nodes and runs every track on every one of its
// nodes, all at once: what has to wait waits at the board.
func (d *deployment) runTracks(ctx workflow.Context) error {
	all := workflow.NewWaitGroup(ctx)
	var broken error
	start := func(name string, f func(workflow.Context) error) {
		all.Add(1)
		workflow.GoNamed(ctx, name, func(ctx workflow.Context) {
			defer all.Done()
			if err := f(ctx); err != nil && broken == nil {
				broken = err
			}
		})
	}
	spawn := func(name string, f func(workflow.Context) error) {
		d.unfinished++
		start(name, func(ctx workflow.Context) error {
			defer func() { d.unfinished-- }()
			return f(ctx)
		})
	}
	for _, spec := range d.plan.Nodes {
		spawn("connect "+spec.Name, func(ctx workflow.Context) error { return d.connect(ctx, spec.Name) })
	}
	for _, t := range d.tracks() {
		for _, node := range t.nodes {
			spawn(t.steps[0].Name+" "+node, func(ctx workflow.Context) error { return d.runTrack(ctx, t, node) })
		}
	}
	for _, spec := range d.plan.Nodes {
		if facts := d.wantedFacts(spec); len(facts) > 0 {
			start("facts "+spec.Name, func(ctx workflow.Context) error { return d.collectFacts(ctx, spec.Name, facts) })
		}
	}
	all.Wait(ctx)
	if len(d.failures) > 0 {
		f := d.failures[0]
		return &f
	}
	return broken
}

// wantedFacts are the facter facts that a node's group wants.
func (d *deployment) wantedFacts(spec deploy.NodeSpec) []string {
	for _, g := range d.plan.Groups {
		if g.Name == spec.Group {
			return g.Facts
		}
	}
	return nil
}

// connect waits until a node can be reached.
func (d *deployment) connect(ctx workflow.Context, node string) error {
	status := d.board.at[stepOn{deploy.StepConnect, node}]
	return d.attemptInFlight(ctx, status, true, func(ctx workflow.Context) (activities.ActionResult, error) {
		_, err := call(ctx, summarized(boot(), deploy.StepConnect+"/"+node, "Connect to "+node), deeds.Connect,
			activities.ConnectInput{Deployment: d.name, Node: d.board.named[node].Node})
		return activities.ActionResult{}, err
	})
}

// runTrack runs a track's steps on one node, one after the other. It returns an
// error only when the deployment as a whole cannot go on; a step that failed is
// recorded, and ends this track.
func (d *deployment) runTrack(ctx workflow.Context, t track, node string) error {
	for _, step := range t.steps {
		done, err := d.runStep(ctx, step, node)
		if err != nil || !done {
			return err
		}
	}
	return nil
}
