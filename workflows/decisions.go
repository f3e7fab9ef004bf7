package workflows

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// decisions takes what people decide about a deployment that needs attention.
// Handlers only record; the steps themselves wait for what is recorded. What
// cannot be carried out is refused by a validator, and leaves no trace.
func (d *deployment) decisions(ctx workflow.Context) error {
	return errors.Join(
		handle(ctx, RetryUpdate, `Attempt failed steps anew: {"step", "node", "parameters", "by"}; without step and node, all of them.`, d.checkRetry, d.retry),
		handle(ctx, SkipUpdate, `Take a failed step for done: {"step", "node", "by"}.`, d.checkSkip, d.skip),
		handle(ctx, AbortUpdate, `End the deployment as failed: {"rollback", "by"}.`, d.checkAbort, d.abort),
		handle(ctx, ReplaceNodeUpdate, `Terminate a node, launch a fresh one under its name, and run again what depends on it: {"node", "by"}.`, d.checkReplace, d.replaceNode),
	)
}

// handle registers an update with its validator.
func handle[I any](ctx workflow.Context, name, description string, check func(I) error, do func(workflow.Context, I) (string, error)) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, name, do, workflow.UpdateHandlerOptions{Description: description, Validator: check})
}

// refused is how an update is told that it cannot be carried out.
func refused(field, value, allowed string, args ...any) error {
	e := &deploy.InvalidError{Problems: []deploy.Problem{{Field: field, Value: value, Allowed: fmt.Sprintf(allowed, args...)}}}
	return temporal.NewNonRetryableApplicationError(e.Error(), string(deploy.KindInvalidRequest), nil)
}

// by is who decided, in a sentence.
func by(who string) string {
	if who == "" {
		return "somebody"
	}
	return who
}

func checkBy(who string) error {
	if len(who) > maxBy {
		return refused("by", who[:maxBy]+"…", "at most %d characters", maxBy)
	}
	return nil
}

// matching finds the failed steps that a decision is about.
func (d *deployment) matching(step, node string) ([]*deploy.StepStatus, error) {
	found := d.waiting(func(s *deploy.StepStatus) bool {
		return (step == "" || s.Name == step) && (node == "" || s.Node == node)
	})
	if len(found) > 0 {
		return found, nil
	}
	var all []string
	for _, s := range d.waiting(func(*deploy.StepStatus) bool { return true }) {
		all = append(all, s.Name+" on "+s.Node)
	}
	if len(all) == 0 {
		return nil, refused("step", step, "none: no failed step waits for a decision")
	}
	return nil, refused("step", strings.TrimSuffix(step+" on "+node, " on "), "a failed step that waits for a decision: %s", strings.Join(all, ", "))
}

func (d *deployment) checkRetry(r Retry) error {
	if _, err := d.matching(r.Step, r.Node); err != nil {
		return err
	}
	if len(r.Parameters) > 0 && d.plan == nil {
		return refused("parameters", "", "none before there is a plan")
	}
	return checkBy(r.By)
}

func (d *deployment) retry(ctx workflow.Context, r Retry) (string, error) {
	if len(r.Parameters) > 0 {
		if err := d.changeParameters(ctx, r.Parameters); err != nil {
			return "", err
		}
	}
	// Somebody else may have decided while the plan was made.
	found, err := d.matching(r.Step, r.Node)
	if err != nil {
		return "", err
	}
	for _, s := range found {
		d.decided[s] = &decision{again: true}
	}
	d.passDecisions(ctx, found)
	return "retrying " + named(found), nil
}

// changeParameters has the plan made anew with other parameters, of which only
// the steps' configurations may differ: neither nodes nor the order of things.
func (d *deployment) changeParameters(ctx workflow.Context, changed map[string]any) error {
	request := d.request
	request.Parameters = merged(d.request.Parameters, changed)
	plan, err := call(ctx, summarized(planning(), "", "Plan with changed parameters"), deeds.Plan,
		activities.PlanInput{Deployment: d.name, Request: request})
	if err != nil {
		return err
	}
	same := len(plan.Nodes) == len(d.plan.Nodes) && len(plan.Steps) == len(d.plan.Steps)
	for i := 0; same && i < len(plan.Nodes); i++ {
		same = plan.Nodes[i].Name == d.plan.Nodes[i].Name && slices.Equal(plan.Nodes[i].Disks, d.plan.Nodes[i].Disks)
	}
	for i := 0; same && i < len(plan.Steps); i++ {
		now, then := plan.Steps[i], d.plan.Steps[i]
		same = now.Name == then.Name && now.Track == then.Track && slices.Equal(now.Nodes, then.Nodes) && slices.Equal(now.Needs, then.Needs)
	}
	if !same {
		return refused("parameters", strings.Join(workflow.DeterministicKeys(changed), ", "),
			"parameters that change neither nodes nor steps; deploy again with others once this is over")
	}
	expr, err := plan.Evaluator(activities.Types())
	if err != nil {
		return err
	}
	copy(d.plan.Steps, plan.Steps)
	d.plan.Parameters, d.plan.Outputs, d.request, d.expr = plan.Parameters, plan.Outputs, request, expr
	d.passPlan()
	return nil
}

func (d *deployment) checkSkip(s Skip) error {
	if s.Step == "" {
		return refused("step", "", "the failed step that is taken for done")
	}
	if s.Step == deploy.StepLaunch || s.Step == deploy.StepConnect {
		return refused("step", s.Step, "a step of the blueprint: without %s nothing works", s.Step)
	}
	if _, err := d.matching(s.Step, s.Node); err != nil {
		return err
	}
	return checkBy(s.By)
}

func (d *deployment) skip(ctx workflow.Context, s Skip) (string, error) {
	found, err := d.matching(s.Step, s.Node)
	if err != nil {
		return "", err
	}
	for _, status := range found {
		d.decided[status] = &decision{passed: by(s.By)}
		d.changes = append(d.changes, fmt.Sprintf("%s on %s skipped by %s", status.Name, status.Node, by(s.By)))
	}
	d.passDecisions(ctx, found)
	return "skipped " + named(found), nil
}

func (d *deployment) checkAbort(a Abort) error {
	if d.state != deploy.StateNeedsAttention {
		return refused("abort", string(d.state), "only a deployment that needs attention; cancel one that runs")
	}
	return checkBy(a.By)
}

func (d *deployment) abort(_ workflow.Context, a Abort) (string, error) {
	d.ending, d.undoing = true, d.undoing || a.Rollback
	if a.Rollback {
		return "rolling back, as decided by " + by(a.By), nil
	}
	return "aborted by " + by(a.By), nil
}

// named lists steps briefly.
func named(all []*deploy.StepStatus) string {
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = s.Name + " on " + s.Node
	}
	const most = 5
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("%d more", len(all)-most))
	}
	return strings.Join(names, ", ")
}
