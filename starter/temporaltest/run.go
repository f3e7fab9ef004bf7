package temporaltest

import (
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"aiolos/deploy"
)

// Run is one run of a workflow.
type Run struct {
	server *Server

	id, runID, workflowType string
	request                 *workflowservice.StartWorkflowExecutionRequest
	started                 time.Time
	closed                  time.Time
	state                   enumspb.WorkflowExecutionStatus
	attributes              map[string]*commonpb.Payload
	pending                 []*workflowpb.PendingActivityInfo
	children                []*workflowpb.PendingChildExecutionInfo
	answer                  *deploy.Status
	refusal                 error
	events                  []*historypb.HistoryEvent
	irresettable            bool
}

// add appends a run. The lock has to be held.
func (s *Server) add(id, workflowType string) *Run {
	r := &Run{
		server: s, id: id, runID: fmt.Sprintf("run-%d", len(s.runs)+1), workflowType: workflowType, started: time.Now(),
		state: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, attributes: map[string]*commonpb.Payload{},
	}
	s.runs = append(s.runs, r)
	r.record(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED})
	return r
}

// Started is the request that started the run; nil where Add made it.
func (r *Run) Started() *workflowservice.StartWorkflowExecutionRequest { return r.request }

// ID is the workflow ID.
func (r *Run) ID() string { return r.id }

// Ended says that the run is over.
func (r *Run) Ended() bool {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	return !r.closed.IsZero()
}

// Type is the workflow type.
func (r *Run) Type() string { return r.workflowType }

// Input decodes what the run was started with.
func (r *Run) Input(into any) {
	if err := converter.GetDefaultDataConverter().FromPayloads(r.request.GetInput(), into); err != nil {
		panic(err)
	}
}

// At sets when the run began.
func (r *Run) At(started time.Time) *Run {
	return r.change(func() { r.started = started })
}

// Says makes status the answer to the query, and an event that tells of the change.
func (r *Run) Says(status deploy.Status) *Run {
	return r.change(func() {
		r.answer, r.refusal = &status, nil
		r.record(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED})
	})
}

// Refuses makes err the answer to the query.
func (r *Run) Refuses(err error) *Run {
	return r.change(func() { r.refusal = err })
}

// Children sets the child workflows under way.
func (r *Run) Children(children ...*workflowpb.PendingChildExecutionInfo) *Run {
	return r.change(func() { r.children = children })
}

// Pending sets the activities under way.
func (r *Run) Pending(pending ...*workflowpb.PendingActivityInfo) *Run {
	return r.change(func() { r.pending = pending })
}

// With sets a search attribute.
func (r *Run) With(name string, value any) *Run {
	return r.change(func() { r.attributes[name] = Payload(value) })
}

// Complete ends the run with an outcome.
func (r *Run) Complete(outcome deploy.Outcome) *Run { return r.Return(outcome) }

// Return ends the run with any result.
func (r *Run) Return(result any) *Run {
	return r.end(enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{
			WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{Result: payloads(result)},
		},
	})
}

// Fail ends the run with an error.
func (r *Run) Fail(err error) *Run {
	return r.end(enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes{
			WorkflowExecutionFailedEventAttributes: &historypb.WorkflowExecutionFailedEventAttributes{Failure: Failure(err)},
		},
	})
}

// Terminate ends the run as a person may from outside.
func (r *Run) Terminate() *Run {
	return r.end(enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionTerminatedEventAttributes{
			WorkflowExecutionTerminatedEventAttributes: &historypb.WorkflowExecutionTerminatedEventAttributes{},
		},
	})
}

// Cancel ends the run as cancelled.
func (r *Run) Cancel() *Run {
	return r.end(enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionCanceledEventAttributes{
			WorkflowExecutionCanceledEventAttributes: &historypb.WorkflowExecutionCanceledEventAttributes{},
		},
	})
}

// TimeOut ends the run as one that took too long.
func (r *Run) TimeOut() *Run {
	return r.end(enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT, &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes{
			WorkflowExecutionTimedOutEventAttributes: &historypb.WorkflowExecutionTimedOutEventAttributes{},
		},
	})
}

func (r *Run) end(state enumspb.WorkflowExecutionStatus, last *historypb.HistoryEvent) *Run {
	return r.change(func() {
		r.state, r.closed, r.pending = state, time.Now(), nil
		r.record(last)
	})
}

func (r *Run) change(do func()) *Run {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	do()
	r.server.touch()
	return r
}

// record appends an event. The lock has to be held.
func (r *Run) record(e *historypb.HistoryEvent) {
	e.EventId = int64(len(r.events) + 1)
	e.EventTime = timestamppb.Now()
	r.events = append(r.events, e)
}

// Failure is an error as it travels.
func Failure(err error) *failurepb.Failure {
	return temporal.GetDefaultFailureConverter().ErrorToFailure(err)
}

// Payload is a value as it travels.
func Payload(value any) *commonpb.Payload {
	p, err := converter.GetDefaultDataConverter().ToPayload(value)
	if err != nil {
		panic(err)
	}
	return p
}

func payloads(value any) *commonpb.Payloads {
	return &commonpb.Payloads{Payloads: []*commonpb.Payload{Payload(value)}}
}

// Given sets what the run was started with.
func (r *Run) Given(input *commonpb.Payloads) *Run {
	return r.change(func() { r.beginning().Input = input })
}

// By sets who started the run.
func (r *Run) By(identity string) *Run {
	return r.change(func() { r.beginning().Identity = identity })
}

// beginning is what the first event says. The lock has to be held.
func (r *Run) beginning() *historypb.WorkflowExecutionStartedEventAttributes {
	if said := r.events[0].GetWorkflowExecutionStartedEventAttributes(); said != nil {
		return said
	}
	said := &historypb.WorkflowExecutionStartedEventAttributes{}
	r.events[0].Attributes = &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{WorkflowExecutionStartedEventAttributes: said}
	return said
}

// Payloads is an input as it travels.
func Payloads(value any) *commonpb.Payloads { return payloads(value) }
