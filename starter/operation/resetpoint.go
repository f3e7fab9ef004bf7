package operation

import (
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

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
	id              string
	started, failed int64
}

// pointOf finds where to take a run up: before what failed first for good, so
// that all that succeeded until then is kept; else before it was cancelled; else
// at its end. None where the history does not allow it: what a rollback removed
// is gone, whatever the history says.
func (h history) pointOf() (point, bool) {
	if h.undone() {
		return point{}, false
	}
	end, before := h.lastID(), "where it ended"
	for _, e := range h {
		if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED {
			end, before = e.GetEventId(), "where it was cancelled"
			break
		}
	}
	cut := end
	broken := h.firstFailed(end)
	if broken != nil {
		cut, before = broken.failed, broken.id
		if broken.started > 0 {
			cut = min(cut, broken.started)
		}
	} else if last := h[len(h)-1]; last.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED {
		// What was awaited did not come, or a person said no: it would fail again.
		return point{}, false
	}
	return h.at(h.lastTask(cut), before)
}

// from finds the point before a step was begun first.
func (h history) from(step string) (point, bool) {
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

// firstFailed is the activity that failed first of those that did not succeed
// afterwards, before the event end.
func (h history) firstFailed(end int64) *attempt {
	open, last := map[int64]*attempt{}, map[string]*attempt{}
	for _, e := range h {
		if e.GetEventId() >= end {
			break
		}
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			a := e.GetActivityTaskScheduledEventAttributes()
			if stepBegun(a.GetActivityId()) != "" {
				last[a.GetActivityId()] = &attempt{id: a.GetActivityId()}
				open[e.GetEventId()] = last[a.GetActivityId()]
			}
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
			if a := open[e.GetActivityTaskStartedEventAttributes().GetScheduledEventId()]; a != nil {
				a.started = e.GetEventId()
			}
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED:
			fail(open[e.GetActivityTaskFailedEventAttributes().GetScheduledEventId()], e)
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
			fail(open[e.GetActivityTaskTimedOutEventAttributes().GetScheduledEventId()], e)
		default: // says nothing of activities
		}
	}
	var first *attempt
	for _, a := range last {
		if a.failed > 0 && (first == nil || a.failed < first.failed) {
			first = a
		}
	}
	return first
}

func fail(a *attempt, e *historypb.HistoryEvent) {
	if a != nil {
		a.failed = e.GetEventId()
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

// stepBegun is the step that an activity does; empty where its failing is not the end.
func stepBegun(activityID string) string {
	step, _, ok := strings.Cut(activityID, "/")
	if !ok && activityID != "plan" {
		return ""
	}
	return step
}
