package operation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"aiolos/deploy"
	"aiolos/workflows"
)

// pageSize is how many runs Temporal is asked for at a time.
const pageSize = 500

// Listed is a deployment as the newest operation on it left it.
type Listed struct {
	Deployment string       `json:"deployment"`
	State      deploy.State `json:"state"`
	Blueprint  string       `json:"blueprint,omitempty"`
	Provider   string       `json:"provider,omitempty"`
	// Nodes is how many nodes were planned; 0 where that is not known.
	Nodes   int        `json:"nodes,omitempty"`
	Started time.Time  `json:"started"`
	Closed  *time.Time `json:"closed,omitempty"`
}

// List returns the deployments that Temporal remembers, by name.
func List(ctx context.Context, t Temporal) ([]Listed, error) {
	newest := map[string]*workflow.WorkflowExecutionInfo{}
	query := fmt.Sprintf("WorkflowType IN ('%s', '%s')", workflows.DeployType, workflows.DestroyType)
	err := each(ctx, t, query, func(info *workflow.WorkflowExecutionInfo) {
		name := info.GetExecution().GetWorkflowId()
		if known := newest[name]; known == nil || info.GetStartTime().AsTime().After(known.GetStartTime().AsTime()) {
			newest[name] = info
		}
	})
	if err != nil {
		return nil, err
	}
	all := make([]Listed, 0, len(newest))
	for _, info := range newest {
		all = append(all, listed(info))
	}
	slices.SortFunc(all, func(a, b Listed) int { return strings.Compare(a.Deployment, b.Deployment) })
	return all, nil
}

func listed(info *workflow.WorkflowExecutionInfo) Listed {
	s := statusOf(info)
	l := Listed{
		Deployment: s.Deployment, State: s.State, Blueprint: s.Blueprint, Provider: s.Provider,
		Nodes: attribute[int](info, workflows.NodesAttribute), Started: info.GetStartTime().AsTime(),
	}
	if info.GetCloseTime() != nil {
		closed := info.GetCloseTime().AsTime()
		l.Closed = &closed
	}
	return l
}

// LastProvider returns the provider that a deployment's nodes came from when it
// was last deployed; empty where nothing tells. The name has to be a valid one.
func LastProvider(ctx context.Context, t Temporal, deployment string) (string, error) {
	var provider string
	var newest time.Time
	query := fmt.Sprintf("WorkflowId = '%s' AND WorkflowType = '%s'", deployment, workflows.DeployType)
	err := each(ctx, t, query, func(info *workflow.WorkflowExecutionInfo) {
		p := attribute[string](info, workflows.ProviderAttribute)
		if started := info.GetStartTime().AsTime(); p != "" && started.After(newest) {
			provider, newest = p, started
		}
	})
	return provider, err
}

// each visits every run that a visibility query finds, page after page.
func each(ctx context.Context, t Temporal, query string, visit func(*workflow.WorkflowExecutionInfo)) error {
	var token []byte
	for {
		page, err := t.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: pageSize, NextPageToken: token})
		if err != nil {
			return err
		}
		for _, info := range page.GetExecutions() {
			visit(info)
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return nil
		}
	}
}
