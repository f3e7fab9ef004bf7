package operation

import (
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"aiolos/deploy"
	"aiolos/workflows"
)

// statusOf is what Temporal itself knows about an operation.
func statusOf(info *workflow.WorkflowExecutionInfo) deploy.Status {
	s := deploy.Status{
		Deployment: info.GetExecution().GetWorkflowId(),
		Blueprint:  attribute[string](info, workflows.BlueprintAttribute),
		Provider:   attribute[string](info, workflows.ProviderAttribute),
		State:      endOf(info.GetStatus()),
	}
	said := deploy.State(attribute[string](info, workflows.StateAttribute))
	if s.State == "" || said == deploy.StateRolledBack {
		s.State = said
	}
	if s.State == "" {
		// No worker has begun it yet.
		s.State = deploy.StatePlanning
		if info.GetType().GetName() == workflows.DestroyType {
			s.State = deploy.StateDestroying
		}
	}
	return complete(s)
}

// attribute reads a search attribute; the zero value where there is none.
func attribute[T any](info *workflow.WorkflowExecutionInfo, name string) T {
	var value T
	if p := info.GetSearchAttributes().GetIndexedFields()[name]; p != nil {
		// Search attributes are for the server to read, and never encrypted. One that
		// cannot be read is not worth failing for.
		_ = converter.GetDefaultDataConverter().FromPayload(p, &value)
	}
	return value
}
