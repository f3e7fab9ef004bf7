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
		if snapshot.Unanswered {
			return &unansweredNowError{snapshot.Notes}
		}
		name, text := "", []byte(request.Blueprint)
		if builtin, ok := deploy.Builtin(request.Blueprint); ok {
			name, text = request.Blueprint, builtin
		}
		blueprint, err := aeolus.ReadBlueprint(name, text, s.Actions)
		if err != nil {
			return err
		}
		g = graph.Of(blueprint.Outline())
		for step, state := range progressOf(snapshot.Status.Steps) {
			g.Mark(step, state)
		}
		return nil
	})
	return g, err
}

// progressOf is how far each step has come, on all its nodes together.
func progressOf(steps []deploy.StepStatus) map[string]graph.State {
	counts := map[string]map[deploy.StepState]int{}
	for i := range steps {
		if counts[steps[i].Name] == nil {
			counts[steps[i].Name] = map[deploy.StepState]int{}
		}
		counts[steps[i].Name][steps[i].State]++
	}
	states := map[string]graph.State{}
	for name, n := range counts {
		switch waiting := n[deploy.StepWaiting] > 0; {
		case n[deploy.StepFailed] > 0:
			states[name] = graph.Failed
		case n[deploy.StepRunning] > 0 || (waiting && n[deploy.StepDone] > 0):
			states[name] = graph.Running
		case waiting:
			states[name] = graph.Waiting
		case n[deploy.StepDone] > 0:
			states[name] = graph.Done
		default:
			states[name] = graph.Skipped
		}
	}
	return states
}

// unansweredNowError says why the state is not known.
type unansweredNowError struct{ notes []string }

func (e *unansweredNowError) Error() string {
	if len(e.notes) > 0 {
		return e.notes[0]
	}
	return "no worker answers"
}
