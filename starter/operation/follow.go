package operation

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"aiolos/deploy"
)

// Pace says how often an operation that is followed is looked at.
type Pace struct {
	// Least is the time between two looks, however much happens.
	Least time.Duration
	// Most is the time after which it is looked at although its history tells
	// nothing new: heartbeats and attempts stand in no history.
	Most time.Duration
	// GiveUp is how long Temporal may be away.
	GiveUp time.Duration
}

// UsualPace is gentle to the server and quick for the eye.
func UsualPace() Pace {
	return Pace{Least: 250 * time.Millisecond, Most: 2 * time.Second, GiveUp: 5 * time.Minute}
}

// Follow shows an operation until it ends, and returns its outcome. The error is
// a *FailedError where it failed, or needs attention and nothing goes on beside, a *LostError where Temporal
// stays away, and the context's where that ends: the operation goes on then.
func Follow(ctx context.Context, t Temporal, run Run, pace Pace, show func(Snapshot)) (deploy.Outcome, error) {
	watching, stop := context.WithCancel(ctx)
	heard := news{changed: make(chan struct{}, 1), closed: make(chan struct{}, 1)}
	var watcher sync.WaitGroup
	watcher.Go(func() { watch(watching, t, run, pace, heard) })
	defer watcher.Wait()
	defer stop()

	last := Snapshot{Run: run, Status: complete(deploy.Status{Deployment: run.Deployment, State: deploy.StatePlanning}), Started: time.Now()}
	var awaySince time.Time
	for {
		snapshot, err := Look(ctx, t, run)
		switch {
		case ctx.Err() != nil:
			return deploy.Outcome{}, ctx.Err()
		case err == nil:
			awaySince = time.Time{}
			snapshot = remember(last, snapshot)
			last = snapshot
		case !away(err):
			return deploy.Outcome{}, err
		case !awaySince.IsZero() && time.Since(awaySince) > pace.GiveUp:
			return deploy.Outcome{}, &LostError{Deployment: run.Deployment, Cause: err}
		default:
			if awaySince.IsZero() {
				awaySince = time.Now()
			}
			snapshot = last
			snapshot.Notes = []string{"Temporal does not answer; still trying"}
		}
		show(snapshot)
		if !snapshot.Closed.IsZero() {
			return ended(ctx, t, snapshot)
		}
		if snapshot.Status.State == deploy.StateNeedsAttention && !working(&snapshot.Status) {
			return deploy.Outcome{}, &FailedError{Deployment: run.Deployment, State: snapshot.Status.State, Failures: snapshot.Status.Failures}
		}
		if err := rest(ctx, pace, heard); err != nil {
			return deploy.Outcome{}, err
		}
	}
}

// ended returns how an operation ended; the status knows more than the error
// that Temporal keeps.
func ended(ctx context.Context, t Temporal, last Snapshot) (deploy.Outcome, error) {
	outcome, err := End(ctx, t, last.Run)
	var failed *FailedError
	if errors.As(err, &failed) {
		failed.Left = last.Status.Left
		if last.Status.State == deploy.StateRolledBack {
			failed.State = last.Status.State
		}
	}
	return outcome, err
}

// working says that something still goes on that no person has to decide about.
func working(s *deploy.Status) bool {
	return slices.ContainsFunc(s.Steps, func(step deploy.StepStatus) bool {
		_, asks := step.ApprovalAwaited()
		return step.State == deploy.StepRunning && !asks
	})
}

// remember keeps what a worker said before, while none answers.
func remember(last, now Snapshot) Snapshot {
	if now.Unanswered && len(last.Status.Steps) > 0 {
		state := now.Status.State
		now.Status = last.Status
		if !now.Closed.IsZero() {
			now.Status.State = state
		}
	}
	return now
}

// news are told by watch: that the history has grown, and, once, that it has ended.
type news struct{ changed, closed chan struct{} }

// rest waits for the next moment at which looking is worth it: the end at once, all
// else at the pace.
func rest(ctx context.Context, pace Pace, heard news) error {
	least := time.NewTimer(pace.Least)
	defer least.Stop()
	most := time.NewTimer(pace.Most)
	defer most.Stop()
	select {
	case <-least.C:
	case <-heard.closed:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-heard.changed:
	case <-heard.closed:
	case <-most.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// watch tells the news, for as long as ctx lasts and the operation runs: its end at once, that
// it has got further as often as somebody would look. Should reading fail, it begins anew after a while.
func watch(ctx context.Context, t Temporal, run Run, pace Pace, heard news) {
	ctx, stop := context.WithCancel(ctx)
	var growing sync.WaitGroup
	growing.Go(func() {
		for ctx.Err() == nil {
			watchGrowth(ctx, t, run, pace.Least, heard.changed)
			pause(ctx, pace.Most)
		}
	})
	defer growing.Wait()
	defer stop()
	for ctx.Err() == nil {
		last := t.GetWorkflowHistory(ctx, run.Deployment, run.ID, true, enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT)
		for last.HasNext() {
			event, err := last.Next()
			if err != nil {
				break
			}
			if closes(event.GetEventType()) {
				tell(heard.closed)
				return
			}
		}
		pause(ctx, pace.Most)
	}
}

// watchGrowth tells that a history has grown, until reading fails or the history ends.
func watchGrowth(ctx context.Context, t Temporal, run Run, least time.Duration, changed chan<- struct{}) {
	ask := workflowservice.GetWorkflowExecutionHistoryRequest{
		Namespace: namespace(t), Execution: &common.WorkflowExecution{WorkflowId: run.Deployment, RunId: run.ID},
		WaitNewEvent: true, HistoryEventFilterType: enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT, SkipArchival: true,
	}
	for {
		told, err := t.WorkflowService().GetWorkflowExecutionHistory(ctx, &ask)
		if err != nil {
			return
		}
		if len(told.GetHistory().GetEvents()) > 0 {
			tell(changed)
			// What comes within moments is worth one question.
			pause(ctx, least)
		}
		if ask.NextPageToken = told.GetNextPageToken(); len(ask.NextPageToken) == 0 {
			return
		}
	}
}

// pause waits, but not longer than ctx lasts.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// tell says something, unless it is known already.
func tell(news chan<- struct{}) {
	select {
	case news <- struct{}{}:
	default:
	}
}

// closes tells whether an event is a history's last.
func closes(event enumspb.EventType) bool {
	switch event {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		return true
	}
	return false
}
