package workflows

import (
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// Destroy removes what exists of the deployment that the workflow ID names: its
// nodes and their disks, or only what the request names. Run again it finishes what an interrupted one began;
// nothing found is success.
func Destroy(ctx workflow.Context, request deploy.DestroyRequest) (deploy.Outcome, error) {
	d, err := newDeployment(ctx, deploy.Request{Provider: request.Provider})
	if err != nil {
		return deploy.Outcome{}, err
	}
	outcome, err := d.destroy(ctx, request)
	return d.tell(ctx, outcome, err)
}

func (d *deployment) destroy(ctx workflow.Context, request deploy.DestroyRequest) (deploy.Outcome, error) {
	if err := d.enter(ctx, deploy.StateDestroying); err != nil {
		return deploy.Outcome{}, err
	}
	if len(request.Only) > 0 {
		return d.discard(ctx, request.Only)
	}
	found, err := call(ctx, summarized(planning(), "find", "Find the nodes of "+d.name), deeds.Find,
		activities.FindInput{Deployment: d.name, Provider: d.request.Provider})
	if err != nil {
		return d.end(ctx, err)
	}
	// The worker's default, where the request names none.
	d.request.Provider = found.Provider
	d.notify(ctx, found.Notify)
	if err := d.confirmed(ctx, request.Confirm, found.Instances); err != nil {
		return d.end(ctx, err)
	}
	for _, i := range found.Instances {
		d.board.addNode(deploy.NodeSpec{Name: i.Node, Group: i.Group, Index: i.Index})
		d.board.launched(i)
		d.board.addStep(stepTerminate, i.Node)
		d.board.start(d.board.at[stepOn{stepTerminate, i.Node}], workflow.Now(ctx))
	}
	d.show(ctx)
	if err := d.dismantle(ctx, found.Instances); err != nil {
		return d.end(ctx, err)
	}
	removed, err := call(ctx, summarized(d.cloud(), stepTerminate, fmt.Sprintf("Terminate %d nodes", len(found.Instances))), deeds.Terminate,
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
	// A cancellation that comes now is too late.
	last, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	if err := errors.Join(d.enter(ctx, deploy.StateDestroyed), d.announced(last)); err != nil {
		return deploy.Outcome{}, err
	}
	return d.outcome(), nil
}

// dismantle takes apart what the nodes make up together. What could not be is told,
// and keeps no machine from being removed.
func (d *deployment) dismantle(ctx workflow.Context, instances []deploy.Instance) error {
	if workflow.GetVersion(ctx, "dismantle", workflow.DefaultVersion, 1) == workflow.DefaultVersion || len(instances) == 0 {
		return nil
	}
	in := activities.DismantleInput{Deployment: d.name}
	for _, i := range instances {
		in.Nodes = append(in.Nodes, i.AsNode())
	}
	done, err := call(ctx, summarized(d.quick(), "dismantle", "Take apart what the nodes make up together"), deeds.Dismantle, in)
	if isCancelled(ctx, err) {
		return err
	}
	if err != nil {
		d.left = append(d.left, failureOf(err, "dismantle", "").Message)
	}
	d.changes = append(d.changes, done.Changes...)
	d.left = append(d.left, done.Left...)
	return nil
}

// confirmed wants the deployment's name repeated where nodes have disks: nothing
// that holds data is removed without being asked for by name.
func (d *deployment) confirmed(ctx workflow.Context, confirm string, instances []deploy.Instance) error {
	if workflow.GetVersion(ctx, "confirm-destroy", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return nil
	}
	holds := slices.ContainsFunc(instances, func(i deploy.Instance) bool { return len(i.Disks) > 0 })
	if confirm == d.name || (confirm == "" && !holds) {
		return nil
	}
	allowed := "the deployment's name"
	if holds {
		allowed = d.name + ", to confirm that the data on its disks may go"
	}
	return &deploy.Failure{Kind: deploy.KindInvalidRequest, Message: (&deploy.InvalidError{Problems: []deploy.Problem{{
		Field: "confirm", Value: confirm, Allowed: allowed,
	}}}).Error()}
}

// stepTerminate is how status shows the end of a node.
const stepTerminate = "terminate"
