package workflows

import (
	"errors"

	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
	"aiolos/deploy/graph"
)

// mostNamed is how many nodes are named of those that wait for the same.
const mostNamed = 5

// queries answers questions, for as long as anybody asks: also after the end.
func (d *deployment) queries(ctx workflow.Context) error {
	return errors.Join(
		ask(ctx, StatusQuery, "Where the deployment stands: its nodes with their facts, and every step on every node.", d.status),
		ask(ctx, GraphQuery, "What waits for what, with how far each step has come; also as a picture in Mermaid.", d.graph),
		ask(ctx, OutcomeQuery, "What the deployment returns, as far as it is known by now.", func() (deploy.Outcome, error) { return d.outcome(), nil }),
		ask(ctx, WaitingQuery, "What is waited for, and what a person can do about it.", d.waitingFor),
	)
}

func ask[O any](ctx workflow.Context, name, description string, answer func() (O, error)) error {
	return workflow.SetQueryHandlerWithOptions(ctx, name, answer, workflow.QueryHandlerOptions{Description: description})
}

// graph answers the query of that name.
func (d *deployment) graph() (deploy.GraphNow, error) {
	now := deploy.GraphNow{Deployment: d.name, State: d.state, Steps: []deploy.GraphStep{}}
	if d.plan == nil {
		return now, nil
	}
	counts := map[string]deploy.StepCount{}
	for _, c := range d.board.stepCounts() {
		counts[c.Name] = c
	}
	outline := d.plan.Outline()
	g := graph.Of(outline)
	for i, s := range outline.Steps {
		c := counts[s.Name]
		c.Name = s.Name
		now.Steps = append(now.Steps, deploy.GraphStep{Name: s.Name, Action: s.Action, On: s.On, Needs: d.plan.Steps[i].Needs, Now: c})
		g.Mark(s.Name, graph.StateOf(c))
	}
	now.Mermaid = graph.Mermaid(g)
	return now, nil
}

// waitingFor answers the query "waiting".
func (d *deployment) waitingFor() (deploy.WaitingFor, error) {
	now := deploy.WaitingFor{Deployment: d.name, State: d.state, Steps: []deploy.WaitingStep{}, Failures: d.failures, Possible: d.possibilities()}
	type reason struct{ step, why string }
	at := map[reason]int{}
	for _, s := range d.board.stepStatus() {
		_, asks := s.ApprovalAwaited()
		if s.Message == "" || (s.State != deploy.StepWaiting && !asks) {
			continue
		}
		key := reason{s.Name, s.Message}
		if _, ok := at[key]; !ok {
			at[key] = len(now.Steps)
			now.Steps = append(now.Steps, deploy.WaitingStep{Step: s.Name, For: s.Message})
		}
		w := &now.Steps[at[key]]
		w.Count++
		if len(w.Nodes) < mostNamed {
			w.Nodes = append(w.Nodes, s.Node)
		}
	}
	return now, nil
}
