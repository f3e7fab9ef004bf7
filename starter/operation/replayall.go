package operation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"

	"aiolos/deploy"
	"aiolos/workflows"
)

// Broken returns the deployments whose newest operation is a Deploy that failed,
// was cancelled or terminated, or took too long, by name; with a query, those
// that it finds of them.
func Broken(ctx context.Context, t Temporal, query string) ([]Listed, error) {
	all := fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus IN ('Failed', 'Canceled', 'Terminated', 'TimedOut')", workflows.DeployType)
	if query != "" {
		all += " AND (" + query + ")"
	}
	runs := map[string]*workflow.WorkflowExecutionInfo{}
	err := each(ctx, t, all, func(info *workflow.WorkflowExecutionInfo) {
		if info.GetType().GetName() == workflows.DeployType && endOf(info.GetStatus()) != "" {
			runs[info.GetExecution().GetRunId()] = info
		}
	})
	var wrong *serviceerror.InvalidArgument
	if errors.As(err, &wrong) && query != "" {
		return nil, &deploy.InvalidError{Problems: []deploy.Problem{{Field: "query", Value: query, Allowed: "a visibility query of Temporal (" + wrong.Message + ")"}}}
	}
	if err != nil {
		return nil, err
	}
	broken := []Listed{}
	for id, info := range runs {
		// A later operation may have mended it, or removed it.
		newest, err := Find(ctx, t, info.GetExecution().GetWorkflowId())
		var unknown *UnknownError
		if err != nil && !errors.As(err, &unknown) {
			return nil, err
		}
		if newest.ID == id {
			broken = append(broken, listed(info))
		}
	}
	slices.SortFunc(broken, func(a, b Listed) int { return strings.Compare(a.Deployment, b.Deployment) })
	return broken, nil
}
