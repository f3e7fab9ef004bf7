package workflows

import (
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// Plan makes the plan of a deployment, tells what exists of it, and changes
// nothing. It has a workflow ID of its own, so that it can be made while an
// operation on the deployment runs.
func Plan(ctx workflow.Context, request deploy.Request) (deploy.Preview, error) {
	id := workflow.GetInfo(ctx).WorkflowExecution.ID
	rest, ok := strings.CutPrefix(id, planPrefix)
	name, _, both := strings.Cut(rest, "/")
	if !ok || !both {
		wrong := &deploy.InvalidError{Problems: []deploy.Problem{{Field: "workflow ID", Value: id, Allowed: planPrefix + "DEPLOYMENT/ANYTHING"}}}
		return deploy.Preview{}, temporal.NewNonRetryableApplicationError(wrong.Error(), string(deploy.KindInvalidRequest), nil)
	}
	return call(ctx, summarized(planning(), "plan", "Plan "+request.Blueprint), deeds.Preview,
		activities.PlanInput{Deployment: name, Request: request})
}

// SealingKey returns the key that sensitive values are sealed with.
func SealingKey(ctx workflow.Context) (deploy.SealingKey, error) {
	return call(ctx, summarized(planning(), "key", "Tell the sealing key"), deeds.SealingKey, activities.SealingKeyInput{})
}
