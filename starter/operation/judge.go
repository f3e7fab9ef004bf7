package operation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"aiolos/deploy"
	"aiolos/workflows"
)

// judge decides whose things are.
type judge struct {
	t Temporal
	// provider is the worker's default one.
	provider string
	// keeps is how long Temporal keeps runs.
	keeps time.Duration
}

// judgement says that things are orphaned, and why; that they are not, without a
// reason; or that it is not known, with one.
type judgement struct {
	orphaned bool
	why      string
}

// owner judges the things of one deployment at one provider. It asks for the
// newest run itself, since lists of runs lag behind.
func (j judge) owner(ctx context.Context, things []deploy.Belonging) (judgement, error) {
	name, provider := things[0].Deployment, things[0].Provider
	if wrong := deploy.CheckName(name); wrong != nil {
		return judgement{why: "its tags name no deployment; look at it by hand"}, nil //nolint:nilerr // that is the answer
	}
	described, err := describe(ctx, j.t, Run{Deployment: name})
	var unknown *UnknownError
	var foreign *ForeignError
	switch {
	case errors.As(err, &unknown):
		return j.forgotten(ctx, name, provider, things)
	case errors.As(err, &foreign):
		return judgement{why: "the workflow of its deployment's name is of the type " + foreign.Type}, nil
	case err != nil:
		return judgement{}, err
	}
	newest := described.GetWorkflowExecutionInfo()
	if newest.GetType().GetName() != workflows.DestroyType || newest.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED {
		return judgement{}, nil
	}
	return j.destroyed(ctx, newest, provider)
}

// destroyed judges things of a deployment whose newest operation removed it, where
// that one looked.
func (j judge) destroyed(ctx context.Context, info *workflow.WorkflowExecutionInfo, provider string) (judgement, error) {
	run := runOf(info)
	started, err := began(ctx, j.t, run)
	if err != nil {
		return judgement{}, err
	}
	var request deploy.DestroyRequest
	if err := input(j.t, started, &request); err != nil {
		return judgement{}, err
	}
	if request.Provider == "" {
		request.Provider = j.provider
	}
	if request.Provider != provider {
		return judgement{why: fmt.Sprintf("%s was destroyed at %s, not here; if nobody needs it: aiolos destroy %s --provider %s", run.Deployment, request.Provider, run.Deployment, provider)}, nil
	}
	return judgement{orphaned: true, why: "destroyed " + info.GetCloseTime().AsTime().UTC().Format(time.DateTime)}, nil
}

// forgotten judges things of a deployment that Temporal has no run of: either
// there never was one, or it is so long ago that the run is deleted by now, or Temporal has
// lost what it knew.
func (j judge) forgotten(ctx context.Context, name, provider string, things []deploy.Belonging) (judgement, error) {
	var oldest time.Time
	for _, b := range things {
		if !b.Made.IsZero() && (oldest.IsZero() || b.Made.Before(oldest)) {
			oldest = b.Made
		}
	}
	advice := fmt.Sprintf("; if nobody needs it: aiolos destroy %s --provider %s", name, provider)
	switch {
	case oldest.IsZero():
		return judgement{why: "Temporal has no run of it, and its age is not known" + advice}, nil
	case time.Since(oldest) >= j.keeps:
		return judgement{why: fmt.Sprintf("Temporal forgets runs after %s, and this is older", j.keeps) + advice}, nil
	}
	reaches, err := j.remembers(ctx, oldest)
	if err != nil {
		return judgement{}, err
	}
	if !reaches {
		return judgement{why: "Temporal has no run of anything from before this was made: its database may be a new one" + advice}, nil
	}
	return judgement{orphaned: true, why: "Temporal has no run of it"}, nil
}

// remembers says whether Temporal has a run of anything that began before a moment. A
// database that was lost and made anew knows of no deployment at all, and everything
// that is in use would look as if it belonged to nobody.
func (j judge) remembers(ctx context.Context, moment time.Time) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	found, err := j.t.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: 1, Query: fmt.Sprintf("StartTime < '%s'", moment.UTC().Format(time.RFC3339Nano)),
	})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(found.GetExecutions(), func(e *workflow.WorkflowExecutionInfo) bool { return e.GetStartTime().AsTime().Before(moment) }), nil
}
