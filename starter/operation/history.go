package operation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflow/v1"

	"aiolos/deploy"
	"aiolos/workflows"
)

// Past is an operation on a deployment, as its history tells it.
type Past struct {
	Run
	State   deploy.State `json:"state"`
	Started time.Time    `json:"started"`
	Closed  *time.Time   `json:"closed,omitempty"`
	// By is who started it, as that program named itself.
	By string `json:"by"`
	// Asked is what it was asked to do, in short.
	Asked string `json:"asked"`
	// Decisions are what people decided meanwhile, the first first.
	Decisions []Decision `json:"decisions"`
	// Changes are what it changed, and Differences what a check found; a line each.
	Changes     []string            `json:"changes"`
	Differences []deploy.Difference `json:"differences,omitempty"`
	Failures    []deploy.Failure    `json:"failures,omitempty"`
	// Unknown says why some of this could not be told.
	Unknown string `json:"unknown,omitempty"`
}

// Decision is what a person has decided about an operation.
type Decision struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	By   string    `json:"by,omitempty"`
}

// History returns the newest operations on a deployment that Temporal remembers, at most
// most, the newest first. The error is an *UnknownError where there is none.
func History(ctx context.Context, t Temporal, deployment string, most int) ([]Past, error) {
	var infos []*workflow.WorkflowExecutionInfo
	query := fmt.Sprintf("WorkflowId = '%s' AND WorkflowType IN ('%s', '%s')", deployment, workflows.DeployType, workflows.DestroyType)
	err := each(ctx, t, query, func(info *workflow.WorkflowExecutionInfo) {
		if info.GetExecution().GetWorkflowId() == deployment {
			infos = append(infos, info)
		}
	})
	if err != nil {
		return nil, err
	}
	if len(infos) == 0 {
		return nil, &UnknownError{Deployment: deployment}
	}
	slices.SortStableFunc(infos, func(a, b *workflow.WorkflowExecutionInfo) int {
		return b.GetStartTime().AsTime().Compare(a.GetStartTime().AsTime())
	})
	all := []Past{}
	for _, info := range infos[:min(len(infos), most)] {
		p, err := past(ctx, t, info)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// past reads one operation. What it lacks is no error: some of an old one may be gone.
func past(ctx context.Context, t Temporal, info *workflow.WorkflowExecutionInfo) (Past, error) {
	p := Past{
		Run: runOf(info), State: statusOf(info).State, Started: info.GetStartTime().AsTime(),
		Decisions: []Decision{}, Changes: []string{},
	}
	events, err := record(ctx, t, p.Run)
	switch {
	case unreadable(err) || ctx.Err() != nil:
		return p, cmp.Or(ctx.Err(), err)
	case err != nil || len(events) == 0:
		p.Unknown = "its history cannot be read"
	default:
		p.read(t, events)
	}
	if info.GetCloseTime() != nil {
		closed := info.GetCloseTime().AsTime()
		p.Closed = &closed
		outcome, err := End(ctx, t, p.Run)
		var failed *FailedError
		switch {
		case err == nil:
			p.State, p.Changes, p.Differences = outcome.State, outcome.Changes, outcome.Differences
			return p, nil
		case errors.As(err, &failed):
			p.Failures = failed.Failures
		default:
			p.Unknown = err.Error()
		}
	}
	// What one that failed, or still runs, has changed until now only a worker can tell.
	status, err := ask(ctx, t, p.Run)
	switch {
	case err == nil:
		p.Changes, p.Differences = status.Changes, status.Differences
	case p.Unknown == "":
		p.Unknown = "what it changed is not known: " + unanswered(err, info.GetTaskQueue())
	}
	return p, ctx.Err()
}

// read takes from the events who started an operation, for what, and what was decided.
func (p *Past) read(t Temporal, events []*historypb.HistoryEvent) {
	started := events[0].GetWorkflowExecutionStartedEventAttributes()
	p.By = started.GetIdentity()
	p.Asked = asked(t, p.Type, started)
	for _, e := range events {
		at := e.GetEventTime().AsTime()
		if update := e.GetWorkflowExecutionUpdateAcceptedEventAttributes().GetAcceptedRequest(); update != nil {
			var about struct {
				Step, Node, By string
				Reject         bool
			}
			// What cannot be read is told by its name alone.
			_ = payloadsOf(t).Data.FromPayloads(update.GetInput().GetArgs(), &about)
			what := update.GetInput().GetName()
			if what == workflows.WaitUpdate {
				continue // nobody has decided anything
			}
			if about.Reject {
				what = "reject"
			}
			p.Decisions = append(p.Decisions, Decision{at, what + before(" ", about.Step) + before(" on ", about.Node), cmp.Or(about.By, update.GetMeta().GetIdentity())})
		}
		if cancel := e.GetWorkflowExecutionCancelRequestedEventAttributes(); cancel != nil {
			p.Decisions = append(p.Decisions, Decision{at, "cancel", cancel.GetIdentity()})
		}
		if end := e.GetWorkflowExecutionTerminatedEventAttributes(); end != nil {
			p.Decisions = append(p.Decisions, Decision{at, "terminate" + before(": ", end.GetReason()), end.GetIdentity()})
		}
	}
}

// asked is what an operation was started with, in short.
func asked(t Temporal, kind string, started *historypb.WorkflowExecutionStartedEventAttributes) string {
	if kind == workflows.DestroyType {
		return "destroy"
	}
	var request deploy.Request
	if err := input(t, started, &request); err != nil {
		return "not known"
	}
	text := summary(request)
	if request.Mode != "" {
		text = request.Mode + " " + text
	}
	return deploy.HideSealed(text)
}

// before puts something before a text that is not empty.
func before(what, text string) string {
	if text == "" {
		return ""
	}
	return what + text
}
