package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
)

// collect takes in what slices report, for as long as the operation runs.
func (d *deployment) collect(ctx workflow.Context) {
	receive(ctx, "collect", ReportSignal, "What has happened in a slice of the deployment. Slices send it.", func(ctx workflow.Context, r Report) {
		if s := d.cutting.named[r.Slice]; s != nil && !s.done {
			d.takeReport(ctx, s, r)
		}
	})
}

// takeReport puts on the board what a slice reports.
func (d *deployment) takeReport(ctx workflow.Context, s *slice, r Report) {
	d.cutting.hearing = s
	for _, f := range r.Facts {
		d.board.learn(f.Node, f.Name, f.Value)
	}
	d.cutting.hearing = nil
	for _, steps := range r.Steps {
		for _, on := range steps.On {
			d.takeStep(ctx, deploy.NodeName(s.group, on.Index), steps, on)
		}
	}
	d.changes = append(d.changes, r.Changes...)
	d.folded += r.MoreChanges
	if r.Failures != nil {
		s.failures = slices.Clone(*r.Failures)
		d.gatherFailures()
		d.tellFailedStep(ctx)
	}
	for _, want := range r.Wants {
		d.cutting.wants[want] = append(d.cutting.wants[want], s)
		if value, known := d.board.Fact(want.Node, want.Fact); known {
			s.tell(func(n *News) { n.Facts = append(n.Facts, Told{want.Node, want.Fact, value}) })
		}
	}
	for _, number := range r.Stopped {
		d.cutting.stopped[number]++
	}
	if r.Idle != s.idle {
		s.idle = r.Idle
		if s.idle {
			d.unfinished--
		} else {
			d.unfinished++
		}
	}
	d.attend(ctx)
}

// takeStep puts on the board where a step stands on one node.
func (d *deployment) takeStep(ctx workflow.Context, node string, steps StepsNow, on OnNode) {
	status := d.board.at[stepOn{steps.Step, node}]
	if status == nil {
		return
	}
	d.board.become(status, steps.State, on)
	delete(d.paused, status)
	delete(d.decided, status)
	switch {
	case on.Lacks:
		d.watchStall(ctx)
	case steps.State != deploy.StepFailed:
	case d.onFailure(ctx) == deploy.OnFailurePause:
		if !d.stopping() {
			d.paused[status] = true
		}
	default:
		d.ending = true
	}
}

// become makes a step stand where a slice says that it does.
func (b *board) become(s *deploy.StepStatus, state deploy.StepState, on OnNode) {
	was := b.over(s)
	delete(b.waits, s)
	delete(b.lacksFact, s)
	delete(b.passed, s)
	s.State, s.Attempts, s.Started, s.Finished, s.Message = state, on.Attempts, atMillis(on.From), atMillis(on.To), on.Message
	switch {
	case state == statePassed:
		s.State, b.passed[s] = deploy.StepSkipped, true
	case state == deploy.StepWaiting && on.Message != "":
		s.Message = ""
		b.wait(s, func() string { return on.Message })
		if on.Lacks {
			b.lacksFact[s] = true
		}
	}
	switch is := b.over(s); {
	case is && !was:
		b.done[s.Name]++
	case was && !is:
		b.done[s.Name]--
	}
	b.moves++
}

// mostFailuresTold is how many failures are listed in all.
const mostFailuresTold = 50

// gatherFailures lists the failures of this workflow and of its slices.
func (d *deployment) gatherFailures() {
	d.failures = slices.DeleteFunc(d.failures, func(f deploy.Failure) bool { return d.sliceOf(f.Step, f.Node) != nil })
	for _, s := range d.cutting.slices {
		for _, f := range s.failures {
			if len(d.failures) < mostFailuresTold {
				d.failures = append(d.failures, f)
			}
		}
	}
}

// attend has the deployment need attention for as long as steps wait for a decision.
func (d *deployment) attend(ctx workflow.Context) {
	state := d.state
	switch {
	case len(d.paused) > 0 && d.state == deploy.StateRunning:
		state = deploy.StateNeedsAttention
	case len(d.paused) == 0 && d.state == deploy.StateNeedsAttention:
		state = deploy.StateRunning
	}
	if state == d.state {
		d.show(ctx)
		return
	}
	if err := d.enter(ctx, state); err != nil && d.broken == nil {
		d.broken = err
	}
}
