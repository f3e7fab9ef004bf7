package workflows

import (
	"encoding/json"
	"fmt"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// rollback unmakes what this run made, in reverse order, and nothing else: what
// there was when the plan was made stays. Each compensation has retries of its
// own; one that fails for good is told, and the others go on. Its own context
// is not cancelled with the operation.
func (d *deployment) rollback(ctx workflow.Context) {
	d.state = deploy.StateRunning
	d.show(ctx)
	found, err := call(ctx, summarized(d.cloud(), "rollback/find", "Find the nodes of "+d.name), deeds.Find,
		activities.FindInput{Deployment: d.name, Provider: d.plan.Provider})
	if err != nil {
		d.leave("the nodes that were launched", "", err)
		return
	}
	// What exists tells what was made, also where an answer was lost on its way.
	var leaving, staying []deploy.Node
	for _, i := range found.Instances {
		if slices.Contains(d.plan.Existing, i.Node) {
			staying = append(staying, i.AsNode())
		} else {
			leaving = append(leaving, i.AsNode())
		}
	}
	if !d.undoSteps(ctx, leaving, staying) {
		// A machine that others still count on, or that holds data of theirs, must
		// not go: it would take the data along.
		for _, n := range leaving {
			d.left = append(d.left, fmt.Sprintf("%s: not terminated, since it could not be taken out of what it is part of", n.Name))
		}
		return
	}
	d.terminate(ctx, leaving)
}

// undoSteps unmakes what steps did to nodes that stay. It reports whether the
// nodes that leave may.
func (d *deployment) undoSteps(ctx workflow.Context, leaving, staying []deploy.Node) bool {
	may := true
	for i := len(d.plan.Steps) - 1; i >= 0; i-- {
		step := &d.plan.Steps[i]
		if !d.actions[step.Action].CanUndo {
			continue
		}
		for _, node := range slices.Backward(step.Nodes) {
			status := d.board.at[stepOn{step.Name, node}]
			at := slices.IndexFunc(staying, func(n deploy.Node) bool { return n.Name == node })
			if at < 0 || status.Attempts == 0 || d.configs[status] == nil {
				continue // the node goes with all that is on it, or nothing was done
			}
			in := activities.UndoInput[json.RawMessage]{
				ActionInput: activities.ActionInput[json.RawMessage]{
					Deployment: d.name, Run: d.run, Step: step.Name, Attempt: status.Attempts, Node: staying[at],
					Nodes: append(slices.Clone(staying), leaving...), Config: d.configs[status],
				},
				Made: d.made[status], Leaving: leaving,
			}
			var result activities.ActionResult
			options := summarized(d.cloud(), "undo/"+step.Name+"/"+node, "Undo "+step.Name+" on "+node)
			err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), activities.UndoName(step.Action), in).Get(ctx, &result)
			if err != nil {
				may = may && len(leaving) == 0
				d.leave(step.Name, node, err)
				continue
			}
			d.changes = append(d.changes, result.Changes...)
			status.Message = "undone"
		}
	}
	return may
}

// terminate removes the nodes that this run launched.
func (d *deployment) terminate(ctx workflow.Context, leaving []deploy.Node) {
	if len(leaving) == 0 {
		return
	}
	names := make([]string, len(leaving))
	for i, n := range leaving {
		names[i] = n.Name
	}
	removed, err := call(ctx, summarized(d.cloud(), "rollback/terminate", fmt.Sprintf("Terminate %d nodes", len(names))), deeds.Terminate,
		activities.TerminateInput{Deployment: d.name, Provider: d.plan.Provider, Nodes: names})
	if err != nil {
		for _, name := range names {
			d.leave("launch", name, err)
		}
		return
	}
	for _, name := range removed.Removed {
		d.changes = append(d.changes, "removed "+name)
		d.board.remove(name)
	}
}

// leave notes what could not be unmade, where, and why.
func (d *deployment) leave(what, where string, err error) {
	if temporal.IsCanceledError(err) {
		err = fmt.Errorf("it was cancelled")
	}
	f := failureOf(err, what, where)
	d.left = append(d.left, f.Error())
}
