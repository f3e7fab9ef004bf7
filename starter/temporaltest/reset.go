package temporaltest

import (
	"context"
	"strings"

	"aiolos/deploy"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// ResetWorkflowExecution begins a run as if it went on from there.
func (s *Server) ResetWorkflowExecution(_ context.Context, req *workflowservice.ResetWorkflowExecutionRequest) (*workflowservice.ResetWorkflowExecutionResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, err := s.find(req.GetWorkflowExecution().GetWorkflowId(), req.GetWorkflowExecution().GetRunId())
	switch {
	case err != nil:
		return nil, err
	case req.GetNamespace() == "":
		return nil, serviceerror.NewInvalidArgument("Namespace not set on request.")
	case before.irresettable:
		return nil, serviceerror.NewInvalidArgument("Workflow task finish ID must be > 1")
	}
	s.resets = append(s.resets, req)
	r := s.add(before.id, before.workflowType)
	if s.OnStart != nil {
		s.acting.Go(func() { s.OnStart(r) })
	}
	return &workflowservice.ResetWorkflowExecutionResponse{RunId: r.runID}, nil
}

// Resets are the requests to take a run up from an earlier point.
func (s *Server) Resets() []*workflowservice.ResetWorkflowExecutionRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*workflowservice.ResetWorkflowExecutionRequest{}, s.resets...)
}

// Irresettable has Temporal refuse to go back in the run.
func (r *Run) Irresettable() *Run { return r.change(func() { r.irresettable = true }) }

// Did appends events, a word each: "task" is a completed workflow task,
// "+configure/web-0" an activity that is scheduled, "configure/web-0" one that
// succeeds, "-configure/web-0" one that fails, "late:configure/web-0" one that
// takes too long, "stop:configure/web-0" one that shall end, "cancel" a request to cancel, "!abort" a decision of that name,
// and "child:demo/slice/0" a slice that is started: the newest run of that ID.
func (r *Run) Did(words string) *Run {
	return r.change(func() {
		scheduled := map[string]int64{}
		for word := range strings.FieldsSeq(words) {
			r.did(word, scheduled)
		}
	})
}

func (r *Run) did(word string, scheduled map[string]int64) {
	id, late := strings.CutPrefix(word, "late:")
	stopped, stop := strings.CutPrefix(word, "stop:")
	began, child := strings.CutPrefix(word, "child:")
	switch {
	case stop:
		r.record(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED,
			Attributes: &historypb.HistoryEvent_ActivityTaskCancelRequestedEventAttributes{
				ActivityTaskCancelRequestedEventAttributes: &historypb.ActivityTaskCancelRequestedEventAttributes{ScheduledEventId: scheduled[stopped]},
			},
		})
	case word == "task":
		r.record(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED})
	case child:
		r.record(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED,
			Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{
				ChildWorkflowExecutionStartedEventAttributes: &historypb.ChildWorkflowExecutionStartedEventAttributes{
					WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: began},
					WorkflowType:      &commonpb.WorkflowType{Name: "Slice"},
				},
			},
		})
	case word == "cancel":
		r.record(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED})
	case word[0] == '!':
		r.record(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
			Attributes: &historypb.HistoryEvent_WorkflowExecutionUpdateAcceptedEventAttributes{
				WorkflowExecutionUpdateAcceptedEventAttributes: &historypb.WorkflowExecutionUpdateAcceptedEventAttributes{
					AcceptedRequest: &updatepb.Request{Input: &updatepb.Input{Name: word[1:]}},
				},
			},
		})
	case word[0] == '+':
		scheduled[word[1:]] = r.schedule(word[1:])
	case late:
		r.start(scheduled[id])
		r.record(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT,
			Attributes: &historypb.HistoryEvent_ActivityTaskTimedOutEventAttributes{
				ActivityTaskTimedOutEventAttributes: &historypb.ActivityTaskTimedOutEventAttributes{ScheduledEventId: scheduled[id]},
			},
		})
	case word[0] == '-':
		r.start(scheduled[word[1:]])
		r.record(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED,
			Attributes: &historypb.HistoryEvent_ActivityTaskFailedEventAttributes{
				ActivityTaskFailedEventAttributes: &historypb.ActivityTaskFailedEventAttributes{ScheduledEventId: scheduled[word[1:]]},
			},
		})
	default:
		r.start(scheduled[word])
		r.record(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
			Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{
				ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{ScheduledEventId: scheduled[word]},
			},
		})
	}
}

// schedule appends that an activity was scheduled by the last workflow task.
func (r *Run) schedule(id string) int64 {
	var task int64
	for _, e := range r.events {
		if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			task = e.GetEventId()
		}
	}
	r.record(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
		Attributes: &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{
			ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{
				ActivityId: id, ActivityType: &commonpb.ActivityType{Name: "anything"}, WorkflowTaskCompletedEventId: task,
			},
		},
	})
	return int64(len(r.events))
}

// start appends that an activity was started, which Temporal records when it ends.
func (r *Run) start(scheduled int64) {
	r.record(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED,
		Attributes: &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{
			ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{ScheduledEventId: scheduled},
		},
	})
}

// Planned appends that a plan was made.
func (r *Run) Planned(plan *deploy.Plan) *Run {
	return r.change(func() {
		scheduled := r.schedule("plan")
		r.events[scheduled-1].GetActivityTaskScheduledEventAttributes().ActivityType.Name = "Plan"
		r.start(scheduled)
		r.record(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
			Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{
				ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{ScheduledEventId: scheduled, Result: payloads(plan)},
			},
		})
	})
}
