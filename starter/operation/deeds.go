package operation

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"aiolos/deploy/timing"
)

// deedsOf reads the activities of a run, and of the workflows that it has started.
func deedsOf(ctx context.Context, t Temporal, run Run, events history, running bool) ([]timing.Deed, error) {
	deeds, children := events.deeds()
	if running {
		if err := taken(ctx, t, run, deeds); err != nil {
			return nil, err
		}
	}
	var all []timing.Deed
	for _, d := range deeds {
		all = append(all, d.Deed)
	}
	for _, child := range children {
		events, err := record(ctx, t, child)
		if err != nil {
			return nil, err
		}
		more, err := deedsOf(ctx, t, child, events, running && !events.closed())
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// deed is an activity, with whether it is still under way.
type deed struct {
	timing.Deed
	pending bool
}

// deeds reads the activities from a history, and what other workflows were started. The
// beginning of the last attempt is in a history only once that has ended.
func (h history) deeds() (deeds []*deed, children []Run) {
	scheduled := map[int64]*deed{}
	ends := func(id int64, at *timestamppb.Timestamp) {
		if d := scheduled[id]; d != nil {
			d.Ended, d.pending = at.AsTime(), false
		}
	}
	for _, e := range h {
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			d := &deed{timing.Deed{ID: e.GetActivityTaskScheduledEventAttributes().GetActivityId(), Scheduled: e.GetEventTime().AsTime()}, true}
			scheduled[e.GetEventId()] = d
			deeds = append(deeds, d)
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
			started := e.GetActivityTaskStartedEventAttributes()
			if d := scheduled[started.GetScheduledEventId()]; d != nil {
				d.Started, d.Attempts = e.GetEventTime().AsTime(), int(started.GetAttempt())
			}
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
			ends(e.GetActivityTaskCompletedEventAttributes().GetScheduledEventId(), e.GetEventTime())
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED:
			ends(e.GetActivityTaskFailedEventAttributes().GetScheduledEventId(), e.GetEventTime())
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
			ends(e.GetActivityTaskTimedOutEventAttributes().GetScheduledEventId(), e.GetEventTime())
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
			ends(e.GetActivityTaskCanceledEventAttributes().GetScheduledEventId(), e.GetEventTime())
		case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED:
			child := e.GetChildWorkflowExecutionStartedEventAttributes()
			children = append(children, Run{
				Deployment: child.GetWorkflowExecution().GetWorkflowId(), ID: child.GetWorkflowExecution().GetRunId(), Type: child.GetWorkflowType().GetName(),
			})
		default: // says nothing of activities
		}
	}
	return deeds, children
}

// closed says that a run has ended.
func (h history) closed() bool { return closes(h[len(h)-1].GetEventType()) }

// taken asks Temporal which of the activities under way a worker has taken, and when.
func taken(ctx context.Context, t Temporal, run Run, deeds []*deed) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	described, err := t.DescribeWorkflowExecution(ctx, run.Deployment, run.ID)
	if err != nil {
		return err
	}
	started := map[string]time.Time{}
	attempts := map[string]int{}
	for _, p := range described.GetPendingActivities() {
		if p.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED && p.GetLastStartedTime() != nil {
			started[p.GetActivityId()], attempts[p.GetActivityId()] = p.GetLastStartedTime().AsTime(), int(p.GetAttempt())
		}
	}
	for _, d := range deeds {
		if d.pending {
			d.Started, d.Attempts = started[d.ID], attempts[d.ID]
		}
	}
	return nil
}
