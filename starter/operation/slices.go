package operation

import (
	"context"
	"sync"

	"go.temporal.io/api/workflow/v1"

	"aiolos/workflows"
)

// mostSlicesAsked bounds how many slices are asked at once what their activities are at: a
// person cannot read more, and whoever looks does so every other second.
const mostSlicesAsked = 4

// pendingOf begins to ask slices what their activities are at, and returns what waits for the
// answers. A slice that does not answer, or is no more, has none under way.
func pendingOf(ctx context.Context, t Temporal, children []*workflow.PendingChildExecutionInfo) func() []*workflow.PendingActivityInfo {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	found := make([][]*workflow.PendingActivityInfo, min(len(children), mostSlicesAsked))
	var asking sync.WaitGroup
	for i := range found {
		if children[i].GetWorkflowTypeName() != workflows.SliceType {
			continue
		}
		asking.Go(func() {
			if described, err := t.DescribeWorkflowExecution(ctx, children[i].GetWorkflowId(), children[i].GetRunId()); err == nil {
				found[i] = described.GetPendingActivities()
			}
		})
	}
	return func() []*workflow.PendingActivityInfo {
		asking.Wait()
		cancel()
		var all []*workflow.PendingActivityInfo
		for _, f := range found {
			all = append(all, f...)
		}
		return all
	}
}
