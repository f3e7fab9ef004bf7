package temporaltest

import (
	"context"
	"slices"
	"strconv"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// GetSystemInfo is the first that a client asks.
func (s *Server) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{}}, nil
}

// StartWorkflowExecution refuses a second run beside one that runs.
func (s *Server) StartWorkflowExecution(_ context.Context, req *workflowservice.StartWorkflowExecutionRequest) (*workflowservice.StartWorkflowExecutionResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, err := s.find(req.GetWorkflowId(), ""); err == nil && r.closed.IsZero() {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("already started", req.GetRequestId(), r.runID)
	}
	r := s.add(req.GetWorkflowId(), req.GetWorkflowType().GetName())
	r.request = req
	r.events[0].Attributes = &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
		WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{
			WorkflowType: req.GetWorkflowType(), TaskQueue: req.GetTaskQueue(), Input: req.GetInput(),
		},
	}
	s.touch()
	if s.OnStart != nil {
		s.acting.Go(func() { s.OnStart(r) })
	}
	return &workflowservice.StartWorkflowExecutionResponse{RunId: r.runID, Started: true}, nil
}

// DescribeWorkflowExecution tells all but what the worker knows.
func (s *Server) DescribeWorkflowExecution(_ context.Context, req *workflowservice.DescribeWorkflowExecutionRequest) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(req.GetExecution().GetWorkflowId(), req.GetExecution().GetRunId())
	if err != nil {
		return nil, err
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: r.info(), PendingActivities: slices.Clone(r.pending), PendingChildren: slices.Clone(r.children)}, nil
}

func (r *Run) info() *workflowpb.WorkflowExecutionInfo {
	info := &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: r.id, RunId: r.runID},
		Type:      &commonpb.WorkflowType{Name: r.workflowType},
		TaskQueue: "aiolos",
		Status:    r.state, StartTime: timestamppb.New(r.started),
		SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{}},
	}
	for name, value := range r.attributes {
		info.SearchAttributes.IndexedFields[name] = value
	}
	if !r.closed.IsZero() {
		info.CloseTime = timestamppb.New(r.closed)
	}
	return info
}

// QueryWorkflow answers as a worker would; without one, it says so at once.
func (s *Server) QueryWorkflow(_ context.Context, req *workflowservice.QueryWorkflowRequest) (*workflowservice.QueryWorkflowResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queries++
	r, err := s.find(req.GetExecution().GetWorkflowId(), req.GetExecution().GetRunId())
	switch {
	case err != nil:
		return nil, err
	case r.refusal != nil:
		return nil, r.refusal
	case r.answer == nil:
		return nil, serviceerror.NewFailedPrecondition("no poller seen for task queue recently")
	}
	return &workflowservice.QueryWorkflowResponse{QueryResult: payloads(r.answer)}, nil
}

// GetWorkflowExecutionHistory waits for news where it is asked to.
func (s *Server) GetWorkflowExecutionHistory(ctx context.Context, req *workflowservice.GetWorkflowExecutionHistoryRequest) (*workflowservice.GetWorkflowExecutionHistoryResponse, error) {
	seen, _ := strconv.Atoi(string(req.GetNextPageToken()))
	onlyEnd := req.GetHistoryEventFilterType() == enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT
	for {
		s.mu.Lock()
		r, err := s.find(req.GetExecution().GetWorkflowId(), req.GetExecution().GetRunId())
		if err != nil {
			s.mu.Unlock()
			return nil, err
		}
		events, closed, changed := slices.Clone(r.events), !r.closed.IsZero(), s.changed
		s.mu.Unlock()
		switch {
		case onlyEnd && closed:
			return history(events[len(events)-1:], 0), nil
		case !onlyEnd && (closed || !req.GetWaitNewEvent()):
			return history(events[seen:], 0), nil
		case !onlyEnd && len(events) > seen:
			return history(events[seen:], len(events)), nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func history(events []*historypb.HistoryEvent, next int) *workflowservice.GetWorkflowExecutionHistoryResponse {
	resp := &workflowservice.GetWorkflowExecutionHistoryResponse{History: &historypb.History{Events: events}}
	if next > 0 {
		resp.NextPageToken = []byte(strconv.Itoa(next))
	}
	return resp
}

// ListWorkflowExecutions lists all runs, the newest first, whatever the query.
func (s *Server) ListWorkflowExecutions(_ context.Context, req *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists = append(s.lists, req.GetQuery())
	from, _ := strconv.Atoi(string(req.GetNextPageToken()))
	resp := &workflowservice.ListWorkflowExecutionsResponse{}
	for i := len(s.runs) - 1 - from; i >= 0; i-- {
		if s.PageSize > 0 && len(resp.Executions) == s.PageSize {
			resp.NextPageToken = []byte(strconv.Itoa(len(s.runs) - 1 - i))
			break
		}
		resp.Executions = append(resp.Executions, s.runs[i].info())
	}
	return resp, nil
}
