package command

import (
	"context"

	"aiolos/deploy"
	"aiolos/deploy/aeolus"
	"aiolos/deploy/graph"
	"aiolos/starter/operation"
)

// liveGraph is the graph of what the newest operation on a deployment carries out, with how
// far it has come.
func (s *Setting) liveGraph(ctx context.Context, deployment string) (g graph.Graph, err error) {
	if err := deploy.CheckName(deployment); err != nil {
		return g, err
	}
	err = s.connect(ctx, func(t operation.Temporal) error {
		request, _, err := operation.Requested(ctx, t, deployment)
		if err != nil {
			return err
		}
		snapshot, err := operation.Look(ctx, t, operation.Run{Deployment: deployment})
		if err != nil {
			return err
		}
		if err := snapshot.Told(); err != nil {
			return err
		}
		text := []byte(request.Source)
		if len(text) == 0 {
			text, _ = deploy.Builtin(request.Blueprint)
		}
		blueprint, err := aeolus.ReadBlueprint(request.Blueprint, text, s.Actions)
		if err != nil {
			return err
		}
		g = graph.Of(blueprint.Outline())
		for step, state := range progressOf(&snapshot.Status) {
			g.Mark(step, state)
		}
		return nil
	})
	return g, err
}

// progressOf is how far each step has come, on all its nodes together.
func progressOf(status *deploy.Status) map[string]graph.State {
	counts := map[string]deploy.StepCount{}
	for _, s := range status.Steps {
		c := counts[s.Name]
		c.Add(s.State)
		counts[s.Name] = c
	}
	// Of a large deployment not every step on every node is told.
	for _, c := range status.Counts {
		counts[c.Name] = c
	}
	states := map[string]graph.State{}
	for name, c := range counts {
		states[name] = graph.StateOf(c)
	}
	return states
}
