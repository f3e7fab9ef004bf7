package workflows

import (
	"slices"

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
		if d.inSlices(step.Name) {
			continue
		}
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

// runner is what goes on at a node beside whatever else does: its connecting, the
// collecting of its facts, or a track.
type runner struct {
	name string
	node string
	// steps are those of a track; a step of every node is named by itself.
	steps []string
	do    func(workflow.Context) error
	// aside does not keep the operation from its end by itself.
	aside bool

	cancel workflow.CancelFunc
	over   bool
	// superseded says that another takes its place, so that its end means nothing.
	superseded bool
}

// has says whether a step on a node is the runner's.
func (r *runner) has(s *deploy.StepStatus) bool {
	return r.node == s.Node && slices.Contains(r.steps, s.Name)
}

func (r *runner) copy() *runner {
	return &runner{name: r.name, node: r.node, steps: r.steps, do: r.do, aside: r.aside}
}

// runTracks connects to all nodes and runs every track on every one of its
// nodes, all at once: what has to wait waits at the board.
func (d *deployment) runTracks(ctx workflow.Context) error {
	d.ctx, d.all = ctx, workflow.NewWaitGroup(ctx)
	if d.part != nil {
		d.run1(d.others())
	}
	if err := d.cut(ctx); err != nil {
		return err
	}
	for _, spec := range d.nodes {
		d.run1(&runner{name: "connect " + spec.Name, node: spec.Name, steps: []string{deploy.StepConnect},
			do: func(ctx workflow.Context) error { return d.connect(ctx, spec.Name) }})
	}
	for _, t := range d.tracks() {
		names := make([]string, len(t.steps))
		for i, s := range t.steps {
			names[i] = s.Name
		}
		for _, node := range t.nodes {
			d.run1(&runner{name: names[0] + " " + node, node: node, steps: names,
				do: func(ctx workflow.Context) error { return d.runTrack(ctx, t, node) }})
		}
	}
	for _, spec := range d.nodes {
		if facts := d.wantedFacts(spec); len(facts) > 0 {
			d.run1(&runner{name: "facts " + spec.Name, node: spec.Name, steps: []string{deploy.StepFacts}, aside: true,
				do: func(ctx workflow.Context) error { return d.collectFacts(ctx, spec.Name, facts) }})
		}
	}
	d.all.Wait(ctx)
	if len(d.failures) > 0 {
		f := d.failures[0]
		return &f
	}
	return d.broken
}

// run1 starts a runner.
func (d *deployment) run1(r *runner) {
	d.runners = append(d.runners, r)
	d.spawn(d.ctx, r, r.do)
}

// spawn starts what the operation does not end before.
func (d *deployment) spawn(ctx workflow.Context, r *runner, do func(workflow.Context) error) {
	ctx, r.cancel = workflow.WithCancel(ctx)
	d.all.Add(1)
	if !r.aside {
		d.unfinished++
	}
	workflow.GoNamed(ctx, r.name, func(ctx workflow.Context) {
		defer d.all.Done()
		err := do(ctx)
		r.over = true
		if !r.aside {
			d.unfinished--
		}
		if err != nil && !r.superseded && d.broken == nil {
			d.broken = err
		}
	})
}

// halt stops whatever does the given steps, and makes the board forget them.
func (d *deployment) halt(ctx workflow.Context, affected []*deploy.StepStatus) ([]*runner, error) {
	var again []*runner
	for _, r := range d.runners {
		if slices.ContainsFunc(affected, r.has) {
			again = append(again, r)
			r.superseded = true
			r.cancel()
		}
	}
	err := workflow.Await(ctx, func() bool { return !slices.ContainsFunc(again, func(r *runner) bool { return !r.over }) })
	if err != nil {
		return nil, err
	}
	for _, s := range affected {
		d.resolve(s)
		delete(d.paused, s)
		delete(d.decided, s)
		d.board.reset(s)
	}
	d.tellFailedStep(ctx)
	return again, nil
}

// goOn has runners that were halted begin anew.
func (d *deployment) goOn(again []*runner) {
	d.runners = slices.DeleteFunc(d.runners, func(r *runner) bool { return r.superseded })
	for _, r := range again {
		d.run1(r.copy())
	}
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
	return d.persist(ctx, status, func(ctx workflow.Context) error {
		return d.attemptInFlight(ctx, status, true, func(ctx workflow.Context) (activities.ActionResult, error) {
			_, err := call(ctx, summarized(boot(), deploy.StepConnect+"/"+node, "Connect to "+node), deeds.Connect,
				activities.ConnectInput{Deployment: d.name, Node: d.board.named[node].Node})
			return activities.ActionResult{}, err
		})
	})
}

// runTrack runs a track's steps on one node, one after the other. It returns an
// error only when the deployment as a whole cannot go on; a step that failed is
// recorded, and ends this track.
func (d *deployment) runTrack(ctx workflow.Context, t track, node string) error {
	for _, step := range t.steps {
		if d.board.over(d.board.at[stepOn{step.Name, node}]) {
			continue // done already, when a track is run again
		}
		done, err := d.runStep(ctx, step, node)
		if err != nil || !done {
			return err
		}
	}
	return nil
}
