package main

import (
	"context"
	"fmt"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"aiolos/deploy"
	"aiolos/workflows"
)

// states are all that an operation can be in; those of an operation under way say
// nothing once it was terminated, and so count while it runs only.
var states = []struct {
	state    deploy.State
	underWay bool
}{
	{deploy.StatePlanning, true}, {deploy.StateRunning, true}, {deploy.StateNeedsAttention, true}, {deploy.StateDestroying, true},
	{deploy.StateDone, false}, {deploy.StateFailed, false}, {deploy.StateRolledBack, false}, {deploy.StateCancelled, false},
	{deploy.StateInSync, false}, {deploy.StateDrifted, false}, {deploy.StateDestroyed, false},
}

// countDeployments counts operations on deployments by state.
func countDeployments(temporal client.Client) func(context.Context) (map[string]int64, error) {
	return func(ctx context.Context) (map[string]int64, error) {
		counts := make(map[string]int64, len(states))
		for _, s := range states {
			query := fmt.Sprintf("WorkflowType IN ('%s', '%s') AND %s = '%s'", workflows.DeployType, workflows.DestroyType, workflows.StateAttribute, s.state)
			if s.underWay {
				query += " AND ExecutionStatus = 'Running'"
			}
			counted, err := temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: query})
			if err != nil {
				return nil, err
			}
			counts[string(s.state)] = counted.GetCount()
		}
		return counts, nil
	}
}
