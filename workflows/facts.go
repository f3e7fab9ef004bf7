package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// collectFacts asks a node for the facts that its group wants, until all of
// them have a value, or nothing is left that could wait for one.
func (d *deployment) collectFacts(ctx workflow.Context, node string, facts []string) error {
	status := d.board.at[stepOn{deploy.StepFacts, node}]
	return d.persist(ctx, status, func(ctx workflow.Context) error { return d.collectOnce(ctx, status, node, facts) })
}

func (d *deployment) collectOnce(ctx workflow.Context, status *deploy.StepStatus, node string, facts []string) error {
	met, err := d.awaitNeeds(ctx, []deploy.Need{{Step: deploy.StepConnect, Of: deploy.NeedOwn}}, node, status)
	if err != nil || !met {
		return err
	}
	d.board.start(status, workflow.Now(ctx))
	d.show(ctx)
	err = d.ask(ctx, node, facts, func() bool { return d.stopping() || d.unfinished == 0 })
	switch {
	case err != nil && temporal.IsCanceledError(err):
		d.board.finish(status, deploy.StepFailed, workflow.Now(ctx), "cancelled")
		return err
	case err != nil:
		d.fail(ctx, status, err)
	default:
		message := ""
		if missing := d.board.unknown(node, facts); len(missing) > 0 {
			message = "no value for " + strings.Join(missing, ", ")
		}
		d.board.finish(status, deploy.StepDone, workflow.Now(ctx), message)
		d.show(ctx)
	}
	return nil
}

// ask asks a node for facts until all are known, or it is enough. It asks at
// once when a step has come to an end on the node: that is what makes facts.
// When it is enough, it has asked once more since.
func (d *deployment) ask(ctx workflow.Context, node string, facts []string, enough func() bool) error {
	for pause := factsPause; ; pause = min(2*pause, factsPauseMost) {
		missing := d.board.unknown(node, facts)
		if len(missing) == 0 || d.stopping() {
			return nil
		}
		last, ended := enough(), d.board.ended(node)
		if err := d.askOnce(ctx, node, missing); err != nil {
			return err
		}
		if missing = d.board.unknown(node, facts); len(missing) == 0 || last {
			return nil
		}
		if status := d.board.at[stepOn{deploy.StepFacts, node}]; status != nil && status.State == deploy.StepRunning {
			status.Message = "no value yet for " + strings.Join(missing, ", ")
		}
		_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: pause, TimerOptions: workflow.TimerOptions{Summary: "Pause before asking " + node + " for facts again"},
		}, func() bool { return enough() || d.board.ended(node) > ended })
		if err != nil {
			return err
		}
	}
}

// askOnce asks a node for facts and writes to the board what it tells.
func (d *deployment) askOnce(ctx workflow.Context, node string, facts []string) error {
	if err := d.slots.Acquire(ctx, 1); err != nil {
		return err
	}
	defer d.slots.Release(1)
	options := summarized(d.quick(), "", fmt.Sprintf("Facts of %s", node))
	result, err := call(ctx, options, deeds.Facts, activities.FactsInput{Deployment: d.name, Node: d.board.named[node].Node, Names: facts})
	if err != nil {
		return err
	}
	for _, name := range workflow.DeterministicKeys(result.Facts) {
		d.board.learn(node, name, result.Facts[name])
	}
	return nil
}

// askMeanwhile asks a node for a fact for as long as a step awaits it. That it
// could not be asked is no failure by itself: the step's time goes on.
func (d *deployment) askMeanwhile(ctx workflow.Context, node, fact string, enough func() bool) {
	workflow.GoNamed(ctx, "ask "+node+" for "+fact, func(ctx workflow.Context) {
		for !enough() && !d.stopping() {
			err := d.ask(ctx, node, []string{fact}, enough)
			if err == nil || ctx.Err() != nil {
				return
			}
			workflow.GetLogger(ctx).Warn("The node could not be asked for a fact", "node", node, "fact", fact, "error", err)
			if workflow.Sleep(ctx, factsPause) != nil {
				return
			}
		}
	})
}

// watchStall gives up facts that nothing will ever tell: when steps wait for
// facts, none runs, and nothing at all has happened for a while. One timer does
// for all steps, and there is none before a step waits for a fact.
func (d *deployment) watchStall(ctx workflow.Context) {
	if d.watched {
		return
	}
	d.watched = true
	// Before, one look that found a stall was the last one.
	again := workflow.GetVersion(ctx, "stall-again", workflow.DefaultVersion, 1) != workflow.DefaultVersion
	workflow.GoNamed(ctx, "stall", func(ctx workflow.Context) {
		for last := -1; ; last = d.board.moves {
			// While a person has to decide, anything can still happen.
			if again && workflow.Await(ctx, func() bool { return len(d.paused) == 0 || d.unfinished == 0 || d.stopping() }) != nil {
				return
			}
			over, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
				Timeout: stallLimit, TimerOptions: workflow.TimerOptions{Summary: "Look whether anything can still happen"},
			}, func() bool { return d.unfinished == 0 || d.stopping() })
			if err != nil || over {
				return
			}
			if d.board.stalled() && d.board.moves == last && (!again || len(d.paused) == 0) {
				d.giveUp(ctx)
				if !again {
					return
				}
			}
		}
	})
}

// giveUp fails the steps that wait for facts.
func (d *deployment) giveUp(ctx workflow.Context) {
	for _, s := range d.board.steps {
		if why, ok := d.board.waits[s]; ok && s.State == deploy.StepWaiting && d.board.lacksFact[s] {
			if slice := d.sliceOf(s.Name, s.Node); slice != nil {
				slice.tell(func(n *News) { n.GiveUp = true })
				continue
			}
			d.fail(ctx, s, &deploy.Failure{Kind: deploy.KindTimeout, Message: fmt.Sprintf(
				"%s, and nothing tells it: no step runs, and nothing has happened for %s", why(), stallLimit.Round(time.Minute))})
		}
	}
}
