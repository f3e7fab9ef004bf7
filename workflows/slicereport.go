package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
)

// reporting is what a slice has said to its deployment.
type reporting struct {
	pace  Pace
	eager []string
	// awaited are steps on single nodes that others wait for.
	awaited []*deploy.StepStatus
	// steps are those that the slice runs.
	steps []string
	// said is where each step stood when it was last reported, done on how many
	// nodes each was done then.
	said map[*deploy.StepStatus]deploy.StepStatus
	done map[string]int
	// moves, troubles, facts and changes are how far of what there is was reported.
	moves, troubles, facts, changes int
	idle                            bool
	// wants are facts to ask for, asked those that were.
	wants   []FactNamed
	asked   map[FactNamed]bool
	stopped []int
	sent    int
	// sending says that a report is under way, silent that no other shall be.
	sending, silent bool
}

// most bounds what is told of failures and in messages: the evidence is in the
// slice's own history.
const (
	mostFailures = 10
	mostMessage  = 300
)

func newReporting(in SliceInput) reporting {
	return reporting{
		pace: in.Pace, eager: in.Eager, said: map[*deploy.StepStatus]deploy.StepStatus{}, done: map[string]int{}, asked: map[FactNamed]bool{},
	}
}

// reports tells the deployment's workflow what happens here, for as long as the slice
// lasts: at once where others may wait for it, and else now and then, since every
// report lengthens a history that is as long as there are nodes.
func (d *deployment) reports(ctx workflow.Context) {
	// A slice that is cancelled still reports.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	parent := workflow.GetInfo(ctx).ParentWorkflowExecution
	p := d.part
	workflow.GoNamed(ctx, "report", func(ctx workflow.Context) {
		for {
			if workflow.Await(ctx, func() bool { return p.silent || d.board.moves != p.moves || d.urgent() }) != nil {
				return
			}
			if !p.silent && !d.urgent() {
				_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
					Timeout: p.pace.after(p.sent), TimerOptions: workflow.TimerOptions{Summary: "Pause before the next report"},
				}, func() bool { return p.silent || d.urgent() || d.board.moves-p.moves >= p.pace.Moves })
				if err != nil {
					return
				}
			}
			if p.silent {
				return
			}
			d.send(ctx, parent)
		}
	})
}

// send sends a report. Where it cannot be delivered there is nobody any more who
// would want it: Temporal ends a slice with its deployment.
func (d *deployment) send(ctx workflow.Context, to *workflow.Execution) {
	p := d.part
	p.sending = true
	defer func() { p.sending = false }()
	p.sent++
	if err := workflow.SignalExternalWorkflow(ctx, to.ID, to.RunID, ReportSignal, d.report()).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("A report could not be delivered", "slice", p.slice, "error", err)
	}
}

// silence ends reporting, once what is under way is delivered.
func (p *part) silence(ctx workflow.Context) error {
	p.silent = true
	return workflow.Await(ctx, func() bool { return !p.sending })
}

// urgent says that others may wait for what has happened here.
func (d *deployment) urgent() bool {
	p := d.part
	if len(p.wants) > 0 || len(p.stopped) > 0 || p.troubles != d.troubles || (p.idle != d.idle() && !p.end) {
		return true
	}
	for _, s := range p.awaited {
		if d.board.over(s) && p.said[s].State != s.State {
			return true
		}
	}
	for _, step := range p.eager {
		if d.board.done[step] != p.done[step] {
			return true
		}
	}
	// The last node on which a step is done may be the last of all.
	return slices.ContainsFunc(p.steps, func(step string) bool {
		return d.board.done[step] != p.done[step] && d.board.done[step] == d.board.of[step]
	})
}

// want asks for facts that only others can tell.
func (d *deployment) want(missing []deploy.Missing) {
	for _, m := range missing {
		f := FactNamed(m)
		if !d.part.asked[f] && (!d.part.mine[m.Node] || d.hasElsewhere(m.Node)) {
			d.part.asked[f] = true
			d.part.wants = append(d.part.wants, f)
		}
	}
}

// hasElsewhere says that others run steps on a node, which may make facts.
func (d *deployment) hasElsewhere(node string) bool {
	return slices.ContainsFunc(d.board.steps, func(s *deploy.StepStatus) bool { return s.Node == node && d.part.elsewhere[s] })
}

// report is what has happened since the last one.
func (d *deployment) report() Report {
	p := d.part
	r := Report{Slice: p.slice, Steps: d.stepsNow(), Idle: d.idle(), Wants: p.wants, Stopped: p.stopped}
	for _, f := range d.board.learned[p.facts:] {
		value, _ := d.board.Fact(f.Node, f.Fact)
		r.Facts = append(r.Facts, Told{Node: f.Node, Name: f.Fact, Value: value})
	}
	for _, line := range d.changes[p.changes:] {
		if p.pace.Changes > 0 {
			r.Changes = append(r.Changes, line)
			p.pace.Changes--
		} else {
			r.MoreChanges++
		}
	}
	if p.troubles != d.troubles {
		failures := slices.Clone(d.failures[:min(len(d.failures), mostFailures)])
		r.Failures = &failures
	}
	p.wants, p.stopped, p.facts, p.changes = nil, nil, len(d.board.learned), len(d.changes)
	p.moves, p.troubles, p.idle = d.board.moves, d.troubles, d.idle()
	for _, step := range p.steps {
		p.done[step] = d.board.done[step]
	}
	return r
}

// stepsNow is where those steps stand that stand elsewhere than was said.
func (d *deployment) stepsNow() []StepsNow {
	var all []StepsNow
	type rows struct {
		step  string
		state deploy.StepState
	}
	at := map[rows]int{}
	status := d.board.stepStatus()
	for i, s := range d.board.steps {
		now := status[i]
		if d.part.elsewhere[s] || now == d.part.said[s] {
			continue
		}
		d.part.said[s] = now
		state := now.State
		if d.board.passed[s] {
			state = statePassed
		}
		key := rows{now.Name, state}
		if _, ok := at[key]; !ok {
			at[key] = len(all)
			all = append(all, StepsNow{Step: now.Name, State: state})
		}
		_, index, _ := deploy.SplitNodeName(now.Node)
		all[at[key]].On = append(all[at[key]].On, OnNode{
			Index: index, Attempts: now.Attempts, From: millis(now.Started), To: millis(now.Finished), Message: shortened(now.Message, mostMessage),
			Lacks: d.board.lacksFact[s] && now.State == deploy.StepWaiting,
		})
	}
	return all
}

func millis(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixMilli()
}

func atMillis(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	t := time.UnixMilli(ms).UTC()
	return &t
}
