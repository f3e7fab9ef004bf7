package operation

import (
	"context"
	"sync"

	"go.temporal.io/api/workflow/v1"

	"aiolos/deploy"
	"aiolos/workflows"
)

// mostSlicesAsked bounds how many slices are asked at once what their activities are at: a
// person cannot read more, and whoever looks does so every other second.
const mostSlicesAsked = 8

// pendingOf are the activities under way in slices of a deployment in which steps run. One
// that does not answer, or is no more, has none.
func pendingOf(ctx context.Context, t Temporal, s *deploy.Status) []*workflow.PendingActivityInfo {
	var ids []string
	seen := map[string]bool{}
	for i := range s.Steps {
		step := &s.Steps[i]
		id, ok := workflows.SliceOf(s, step.Node)
		if ok && step.State == deploy.StepRunning && !seen[id] && len(ids) < mostSlicesAsked {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	found := make([][]*workflow.PendingActivityInfo, len(ids))
	var asking sync.WaitGroup
	for i, id := range ids {
		asking.Go(func() {
			if described, err := t.DescribeWorkflowExecution(ctx, id, ""); err == nil {
				found[i] = described.GetPendingActivities()
			}
		})
	}
	asking.Wait()
	var all []*workflow.PendingActivityInfo
	for _, f := range found {
		all = append(all, f...)
	}
	return all
}
