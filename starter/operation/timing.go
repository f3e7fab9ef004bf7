package operation

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/workflow/v1"

	"aiolos/deploy"
	"aiolos/deploy/timing"
	"aiolos/workflows"
)

// Timing tells where the time of the newest deploying of a deployment went: from the
// status, which has every step, and from the histories of the operation and of the
// workflows that it has started for parts of it, which have the activities. Its errors
// are those of Look, and an *UntoldError where no worker tells the status.
func Timing(ctx context.Context, t Temporal, deployment string) (timing.Timing, error) {
	run, err := lastDeploy(ctx, t, deployment)
	if err != nil {
		return timing.Timing{}, err
	}
	snapshot, err := Look(ctx, t, run)
	if err != nil {
		return timing.Timing{}, err
	}
	if err := snapshot.Told(); err != nil {
		return timing.Timing{}, err
	}
	events, err := record(ctx, t, run)
	if err != nil {
		return timing.Timing{}, err
	}
	r := timing.Record{
		Status: snapshot.Status, Began: events[0].GetEventTime().AsTime(),
		Ended: snapshot.Closed, Running: snapshot.Closed.IsZero(),
	}
	if r.Running {
		r.Ended = time.Now()
		// Its clock is the server's.
		if last := events[len(events)-1].GetEventTime().AsTime(); last.After(r.Ended) {
			r.Ended = last
		}
	}
	if r.Plan, err = events.plan(t); err != nil {
		return timing.Timing{}, err
	}
	if r.Deeds, err = deedsOf(ctx, t, run, events, r.Running); err != nil {
		return timing.Timing{}, err
	}
	if len(r.Status.Counts) > 0 {
		if err := unfold(ctx, t, events, &r.Status); err != nil {
			return timing.Timing{}, err
		}
	}
	return timing.Of(r), nil
}

// unfold asks the slices of a large deployment for the steps that its own status has no
// room for.
func unfold(ctx context.Context, t Temporal, events history, s *deploy.Status) error {
	type place struct{ step, node string }
	told := map[place]bool{}
	for _, step := range s.Steps {
		told[place{step.Name, step.Node}] = true
	}
	_, children := events.deeds()
	for _, child := range children {
		if child.Type != workflows.SliceType {
			continue
		}
		of, err := ask(ctx, t, child)
		if err != nil {
			return fmt.Errorf("the status of %s: %w", child.Deployment, err)
		}
		for _, step := range of.Steps {
			if at := (place{step.Name, step.Node}); step.Started != nil && !told[at] {
				told[at] = true
				s.Steps = append(s.Steps, step)
			}
		}
	}
	return nil
}

// lastDeploy is the newest operation on a deployment that was not to destroy it.
func lastDeploy(ctx context.Context, t Temporal, deployment string) (Run, error) {
	run, err := Find(ctx, t, deployment)
	if err != nil || run.Type == workflows.DeployType {
		return run, err
	}
	found := Run{}
	var newest time.Time
	query := fmt.Sprintf("WorkflowId = '%s' AND WorkflowType = '%s'", deployment, workflows.DeployType)
	err = each(ctx, t, query, func(info *workflow.WorkflowExecutionInfo) {
		of := runOf(info)
		if started := info.GetStartTime().AsTime(); of.Deployment == deployment && of.Type == workflows.DeployType && !started.Before(newest) {
			found, newest = of, started
		}
	})
	if err == nil && found.ID == "" {
		err = &UnknownError{deployment}
	}
	return found, err
}

// plan is what the newest plan in a history says; nil where none was made.
func (h history) plan(t Temporal) (*deploy.Plan, error) {
	made := map[int64]bool{}
	var plan *deploy.Plan
	for _, e := range h {
		if e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == planActivity {
			made[e.GetEventId()] = true
		}
		done := e.GetActivityTaskCompletedEventAttributes()
		if done == nil || !made[done.GetScheduledEventId()] {
			continue
		}
		plan = nil
		if err := payloadsOf(t).Data.FromPayloads(done.GetResult(), &plan); err != nil {
			return nil, fmt.Errorf("the plan in the history cannot be read: %w", err)
		}
	}
	return plan, nil
}

// planActivity is the name of the activity that makes plans.
const planActivity = "Plan"
