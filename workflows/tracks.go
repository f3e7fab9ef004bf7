package workflows

import (
	"errors"
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

func (t track) names() []string {
	names := make([]string, len(t.steps))
	for i, s := range t.steps {
		names[i] = s.Name
	}
	return names
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

	ctx    workflow.Context
	cancel workflow.CancelFunc
	// begun says that it has had its turn.
	begun, over bool
	// parked is what it waits for where it is parked.
	parked *deploy.Need
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
	d.begin()
	d.all.Wait(ctx)
	if len(d.failures) > 0 {
		f := d.failures[0]
		return &f
	}
	return d.broken
}

// begin starts all that goes on at the nodes. Who is started first has the first turn
// where the activities in flight are bounded.
func (d *deployment) begin() {
	tracks := d.tracks()
	if d.part != nil && d.part.byNode {
		d.run1(&runner{name: "begin", do: func(ctx workflow.Context) error { return d.beginByNode(ctx, tracks) }})
		return
	}
	for _, spec := range d.nodes {
		d.beginConnecting(spec)
	}
	for _, t := range tracks {
		for _, node := range t.nodes {
			d.beginTrack(t, node)
		}
	}
	for _, spec := range d.nodes {
		d.beginFacts(spec)
	}
}

// beginByNode starts what goes on at a node once those before it leave something of what
// may be in flight: until then it would only take memory.
func (d *deployment) beginByNode(ctx workflow.Context, tracks []track) error {
	var last *runner
	for _, spec := range d.nodes {
		if err := workflow.Await(ctx, func() bool { return d.mayBegin(last) }); err != nil {
			return err
		}
		last = d.beginConnecting(spec)
		for _, t := range tracks {
			if slices.Contains(t.nodes, spec.Name) {
				d.beginTrack(t, spec.Name)
			}
		}
		d.beginFacts(spec)
	}
	return nil
}

func (d *deployment) beginConnecting(spec deploy.NodeSpec) *runner {
	r := &runner{name: "connect " + spec.Name, node: spec.Name, steps: []string{deploy.StepConnect},
		do: func(ctx workflow.Context) error { return d.connect(ctx, spec.Name) }}
	d.run1(r)
	return r
}

func (d *deployment) beginTrack(t track, node string) {
	d.run1(&runner{name: t.steps[0].Name + " " + node, node: node, steps: t.names(),
		do: func(ctx workflow.Context) error { return d.runTrack(ctx, t, node) }})
}

func (d *deployment) beginFacts(spec deploy.NodeSpec) {
	if facts := d.wantedFacts(spec); len(facts) > 0 {
		d.run1(&runner{name: "facts " + spec.Name, node: spec.Name, steps: []string{deploy.StepFacts}, aside: true,
			do: func(ctx workflow.Context) error { return d.collectFacts(ctx, spec.Name, facts) }})
	}
}

// run1 starts a runner.
func (d *deployment) run1(r *runner) {
	d.runners = append(d.runners, r)
	d.spawn(d.ctx, r)
}

// spawn starts what the operation does not end before.
func (d *deployment) spawn(ctx workflow.Context, r *runner) {
	r.ctx, r.cancel = workflow.WithCancel(workflow.WithValue(ctx, runnerKey{}, r))
	d.all.Add(1)
	if !r.aside {
		d.unfinished++
	}
	d.proceed(r)
}

// proceed has a runner do what it has to, up to its end or to where it is parked.
func (d *deployment) proceed(r *runner) {
	r.begun = false
	workflow.GoNamed(r.ctx, r.name, func(ctx workflow.Context) {
		r.begun = true
		if err := r.do(ctx); !errors.Is(err, errParked) {
			d.ended(r, err)
		}
	})
}

// ended records how a runner has ended.
func (d *deployment) ended(r *runner, err error) {
	r.over = true
	if !r.aside {
		d.unfinished--
	}
	if err != nil && !r.superseded && d.broken == nil {
		d.broken = err
	}
	d.all.Done()
}

// halt stops whatever does the given steps, and makes the board forget them.
func (d *deployment) halt(ctx workflow.Context, affected []*deploy.StepStatus) ([]*runner, error) {
	var again []*runner
	for _, r := range d.runners {
		if slices.ContainsFunc(affected, r.has) {
			again = append(again, r)
			r.superseded = true
			r.cancel()
			if d.unparked(r) {
				d.ended(r, nil)
			}
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
