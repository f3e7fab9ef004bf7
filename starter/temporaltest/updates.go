package temporaltest

import (
	"context"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// UpdateWorkflowExecution answers at once, as where the worker is quick.
func (s *Server) UpdateWorkflowExecution(_ context.Context, req *workflowservice.UpdateWorkflowExecutionRequest) (*workflowservice.UpdateWorkflowExecutionResponse, error) {
	s.mu.Lock()
	r, err := s.find(req.GetWorkflowExecution().GetWorkflowId(), req.GetWorkflowExecution().GetRunId())
	open := err == nil && r.closed.IsZero()
	s.mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case !open:
		return nil, serviceerror.NewNotFound("workflow execution already completed")
	}
	outcome := &updatepb.Outcome{}
	answer, err := s.OnUpdate(r, req.GetRequest().GetInput().GetName(), req.GetRequest().GetInput().GetArgs())
	if err != nil {
		outcome.Value = &updatepb.Outcome_Failure{Failure: Failure(err)}
	} else {
		outcome.Value = &updatepb.Outcome_Success{Success: payloads(answer)}
	}
	return &workflowservice.UpdateWorkflowExecutionResponse{
		UpdateRef: &updatepb.UpdateRef{WorkflowExecution: req.GetWorkflowExecution(), UpdateId: req.GetRequest().GetMeta().GetUpdateId()},
		Outcome:   outcome, Stage: enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED,
	}, nil
}
