package operation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"aiolos/deploy"
	"aiolos/workflows"
)

// Bounds of what Temporal takes as a workflow's static summary and details, in
// bytes, with room for their encoding. (The server's defaults are 400 and 20,000.)
const (
	maxSummary = 200
	maxDetails = 10_000
)

// Deploy starts the operation that brings a deployment to what the request
// says. The plan is the local one: it only serves to describe the operation.
// An operation that runs already is a *RunningError.
func Deploy(ctx context.Context, t Temporal, queue string, plan *deploy.Plan, request deploy.Request) (Run, error) {
	return start(ctx, t, Run{Deployment: plan.Deployment, Type: workflows.DeployType}, client.StartWorkflowOptions{
		TaskQueue: queue, StaticSummary: summary(request), StaticDetails: details(plan),
	}, request)
}

// Start is Deploy for those who have no plan to describe the operation with.
func Start(ctx context.Context, t Temporal, queue, deployment string, request deploy.Request) (Run, error) {
	return start(ctx, t, Run{Deployment: deployment, Type: workflows.DeployType}, client.StartWorkflowOptions{
		TaskQueue: queue, StaticSummary: summary(request),
	}, request)
}

// Destroy starts the operation that removes a deployment. An operation that
// runs already is a *RunningError.
func Destroy(ctx context.Context, t Temporal, queue, deployment string, request deploy.DestroyRequest) (Run, error) {
	return start(ctx, t, Run{Deployment: deployment, Type: workflows.DestroyType}, client.StartWorkflowOptions{
		TaskQueue: queue, StaticSummary: "destroy " + deployment,
	}, request)
}

func start(ctx context.Context, t Temporal, run Run, options client.StartWorkflowOptions, request any) (Run, error) {
	options.ID = run.Deployment
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	options.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL
	// Without it the client would hand out the run that exists as if it were ours.
	options.WorkflowExecutionErrorWhenAlreadyStarted = true
	started, err := t.ExecuteWorkflow(ctx, options, run.Type, request)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &already) {
		return Run{}, running(ctx, t, run.Deployment)
	}
	if err != nil {
		return Run{}, err
	}
	run.ID = started.GetRunID()
	return run, nil
}

// running says which operation is in the way.
func running(ctx context.Context, t Temporal, deployment string) error {
	e := &RunningError{Run{Deployment: deployment, Type: "an operation"}}
	if run, err := Find(ctx, t, deployment); err == nil {
		e.Run = run
	}
	return e
}

// summary names a deployment's blueprint and the parameters that were given.
func summary(request deploy.Request) string {
	parts := []string{request.Blueprint}
	for _, name := range slices.Sorted(maps.Keys(request.Parameters)) {
		parts = append(parts, fmt.Sprintf("%s=%s", name, shown(request.Parameters[name])))
	}
	return bounded(strings.Join(parts, ", "), maxSummary)
}

// details lists, in Markdown, what the deployment is made from.
func details(plan *deploy.Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Blueprint `%s`, nodes: %d\n", plan.Blueprint, len(plan.Nodes))
	for _, name := range slices.Sorted(maps.Keys(plan.Parameters)) {
		value := strings.Map(func(r rune) rune {
			if r == '`' || r < ' ' {
				return ' '
			}
			return r
		}, shown(plan.Parameters[name]))
		fmt.Fprintf(&b, "\n- %s: `%s`", name, value)
	}
	return bounded(b.String(), maxDetails)
}

// shown is a value as anybody may see it.
func shown(value any) string { return deploy.HideSealed(fmt.Sprint(value)) }

func bounded(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-len("…")], "") + "…"
}
