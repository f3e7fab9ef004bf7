package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// Destroy removes what exists of the deployment that the workflow ID names: its
// nodes and their disks. Run again it finishes what an interrupted one began;
// nothing found is success.
func Destroy(ctx workflow.Context, request deploy.DestroyRequest) (deploy.Outcome, error) {
	d, err := newDeployment(ctx, deploy.Request{Provider: request.Provider})
	if err != nil {
		return deploy.Outcome{}, err
	}
	return d.destroy(ctx)
}

func (d *deployment) destroy(ctx workflow.Context) (deploy.Outcome, error) {
	if err := d.enter(ctx, deploy.StateDestroying); err != nil {
		return deploy.Outcome{}, err
	}
	found, err := call(ctx, summarized(planning(), "find", "Find the nodes of "+d.name), deeds.Find,
		activities.FindInput{Deployment: d.name, Provider: d.request.Provider})
	if err != nil {
		return d.end(ctx, err)
	}
	for _, i := range found.Instances {
		d.board.addNode(deploy.NodeSpec{Name: i.Node, Group: i.Group, Index: i.Index})
		d.board.launched(i)
		d.board.addStep(stepTerminate, i.Node)
		d.board.start(d.board.at[stepOn{stepTerminate, i.Node}], workflow.Now(ctx))
	}
	d.show(ctx)
	removed, err := call(ctx, summarized(cloud(), stepTerminate, fmt.Sprintf("Terminate %d nodes", len(found.Instances))), deeds.Terminate,
		activities.TerminateInput{Deployment: d.name, Provider: found.Provider})
	if err != nil {
		return d.end(ctx, err)
	}
	for _, name := range removed.Removed {
		d.changes = append(d.changes, "removed "+name)
	}
	for _, i := range found.Instances {
		d.board.finish(d.board.at[stepOn{stepTerminate, i.Node}], deploy.StepDone, workflow.Now(ctx), "")
	}
	if err := d.enter(ctx, deploy.StateDestroyed); err != nil {
		return deploy.Outcome{}, err
	}
	return d.outcome(), nil
}

// stepTerminate is how status shows the end of a node.
const stepTerminate = "terminate"
