package operation

import (
	"maps"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"aiolos/deploy"
	"aiolos/workflows"
)

// point is where in a history a run is taken up.
type point struct {
	// task is the event of the completed workflow task that is done anew, with
	// all after it. What was scheduled before and has not ended is attempted again.
	task int64
	// before says what comes after it, for a person.
	before string
	// withoutUpdates says that decisions after it are not taken over.
	withoutUpdates bool
}

// history is a run as it is recorded.
type history []*historypb.HistoryEvent

// attempt is what became of an activity when it was scheduled last.
type attempt struct {
	id string
	// task is the workflow task that scheduled it.
	task   int64
	failed bool
}

// pointOf finds where to take a run up: before the first was scheduled of those
// that failed or were cancelled for good, so that all that had succeeded until
// then is kept; else before the run was cancelled; else at its end. None where
// the history does not allow it: what a rollback removed is gone, whatever the
// history says.
func (h history) pointOf() (point, bool) {
	// Slices that were begun before the point keep how they ended, and those after it
	// may still be there: what they did is found again by doing it again.
	if h.undone() || h.sliced() {
		return point{}, false
	}
	if broken := h.firstBroken(); broken != nil {
		return h.at(broken.task, broken.id)
	}
	end, before := h.lastID(), "where it ended"
	for _, e := range h {
		if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED {
			end, before = e.GetEventId(), "where it was cancelled"
			break
		}
	}
	if h[len(h)-1].GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED {
		// What was awaited did not come, or a person said no: it would fail again.
		return point{}, false
	}
	return h.at(h.lastTask(end), before)
}

// from finds the point before a step was begun first.
func (h history) from(step string) (point, bool) {
	if h.sliced() && !slices.Contains([]string{"plan", deploy.StepLaunch}, step) {
		return point{}, false
	}
	for _, e := range h {
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil && stepBegun(a.GetActivityId()) == step {
			return h.at(a.GetWorkflowTaskCompletedEventId(), step)
		}
	}
	return point{}, false
}

// begun are the steps that can be gone back to, in the order in which they began.
func (h history) begun() []string {
	var steps []string
	for _, e := range h {
		if step := stepBegun(e.GetActivityTaskScheduledEventAttributes().GetActivityId()); step != "" && !slices.Contains(steps, step) {
			steps = append(steps, step)
		}
	}
	return steps
}

// at completes a point. A person who ended the run did not mean the next one.
func (h history) at(task int64, before string) (point, bool) {
	p := point{task: task, before: before}
	for _, e := range h {
		name := e.GetWorkflowExecutionUpdateAcceptedEventAttributes().GetAcceptedRequest().GetInput().GetName()
		if e.GetEventId() > task && name == workflows.AbortUpdate {
			p.withoutUpdates = true
		}
	}
	return p, task > 0
}

// firstBroken is the activity that was scheduled first of those that did not
// succeed in the end. All of them have to be scheduled anew: one that stays
// scheduled finds the job that failed.
func (h history) firstBroken() *attempt {
	scheduled, last := map[int64]*attempt{}, map[string]*attempt{}
	for _, e := range h {
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			a := e.GetActivityTaskScheduledEventAttributes()
			if stepBegun(a.GetActivityId()) != "" {
				last[a.GetActivityId()] = &attempt{id: a.GetActivityId(), task: a.GetWorkflowTaskCompletedEventId()}
				scheduled[e.GetEventId()] = last[a.GetActivityId()]
			}
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED:
			breaks(scheduled[e.GetActivityTaskFailedEventAttributes().GetScheduledEventId()])
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
			breaks(scheduled[e.GetActivityTaskTimedOutEventAttributes().GetScheduledEventId()])
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
			breaks(scheduled[e.GetActivityTaskCanceledEventAttributes().GetScheduledEventId()])
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED:
			breaks(scheduled[e.GetActivityTaskCancelRequestedEventAttributes().GetScheduledEventId()])
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
			if a := scheduled[e.GetActivityTaskCompletedEventAttributes().GetScheduledEventId()]; a != nil {
				a.failed = false // it was quicker than the request to end
			}
		default: // says nothing of how activities end
		}
	}
	var first *attempt
	for _, id := range slices.Sorted(maps.Keys(last)) {
		if a := last[id]; a.failed && (first == nil || a.task < first.task) {
			first = a
		}
	}
	return first
}

func breaks(a *attempt) {
	if a != nil {
		a.failed = true
	}
}

// lastTask is the last workflow task completed before an event; 0 where there is none.
func (h history) lastTask(before int64) int64 {
	var task int64
	for _, e := range h {
		if e.GetEventId() < before && e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			task = e.GetEventId()
		}
	}
	return task
}

func (h history) lastID() int64 { return h[len(h)-1].GetEventId() }

// undone says that the run began to unmake what it made.
func (h history) undone() bool {
	return slices.ContainsFunc(h, func(e *historypb.HistoryEvent) bool {
		id := e.GetActivityTaskScheduledEventAttributes().GetActivityId()
		return strings.HasPrefix(id, "rollback/") || strings.HasPrefix(id, "undo/")
	})
}

// sliced says that the run had slices.
func (h history) sliced() bool {
	return slices.ContainsFunc(h, func(e *historypb.HistoryEvent) bool {
		return e.GetStartChildWorkflowExecutionInitiatedEventAttributes().GetWorkflowType().GetName() == workflows.SliceType
	})
}

// stepBegun is the step that an activity does; empty where its failing is not the end.
func stepBegun(activityID string) string {
	step, _, ok := strings.Cut(activityID, "/")
	if !ok && activityID != "plan" {
		return ""
	}
	return step
}
