package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"

	"aiolos/deploy"
	"aiolos/internal/job"
	"aiolos/internal/remote"
)

// LaunchInput names the nodes that shall exist.
type LaunchInput struct {
	Deployment string            `json:"deployment"`
	Provider   string            `json:"provider"`
	Nodes      []deploy.NodeSpec `json:"nodes"`
}

// LaunchResult holds the nodes that now exist, in the order asked for.
type LaunchResult struct {
	Instances []deploy.Instance `json:"instances"`
}

// Launch makes nodes exist, those that are missing by launching them. It may be
// repeated however often: the provider finds by deployment, group and index
// what an earlier attempt made.
func (d *Deeds) Launch(ctx context.Context, in LaunchInput) (LaunchResult, error) {
	h := startHeart(ctx)
	defer h.stop()
	result, err := d.launch(ctx, in)
	return result, translate(err, deploy.StepLaunch, "")
}

func (d *Deeds) launch(ctx context.Context, in LaunchInput) (LaunchResult, error) {
	_, provider, err := d.provider(in.Provider)
	if err != nil {
		return LaunchResult{}, err
	}
	launches := make([]deploy.Launch, len(in.Nodes))
	for i, spec := range in.Nodes {
		data, err := d.UserData(in.Deployment, spec)
		if err != nil {
			return LaunchResult{}, fmt.Errorf("user data of %s: %w", spec.Name, err)
		}
		launches[i] = deploy.Launch{NodeSpec: spec, UserData: data}
	}
	instances, err := provider.Launch(ctx, in.Deployment, launches)
	if err != nil {
		return LaunchResult{}, err
	}
	byName := make(map[string]deploy.Instance, len(instances))
	for _, i := range instances {
		byName[i.Node] = i
	}
	result := LaunchResult{Instances: make([]deploy.Instance, len(in.Nodes))}
	for i, spec := range in.Nodes {
		instance, ok := byName[spec.Name]
		if !ok {
			return LaunchResult{}, fmt.Errorf("provider %s launched without an error, but did not return %s", in.Provider, spec.Name)
		}
		result.Instances[i] = instance
	}
	return result, nil
}

// ConnectInput names a node that has been launched.
type ConnectInput struct {
	Deployment string      `json:"deployment"`
	Node       deploy.Node `json:"node"`
	// Look keeps everything on the node as it is.
	Look bool `json:"look,omitempty"`
}

// ConnectResult holds what the node itself says first.
type ConnectResult struct {
	// BootID is the kernel's identifier of this boot.
	BootID string `json:"boot_id,omitempty"`
}

// Connect returns once the node's sshd answers with the right host key, and has
// run a command. A host that still boots is waited for here rather than by
// retries, because Temporal's timers are coarser than a boot.
func (d *Deeds) Connect(ctx context.Context, in ConnectInput) (ConnectResult, error) {
	h := startHeart(ctx)
	defer h.stop()
	result, err := d.connect(withHeart(ctx, h), in)
	return result, translate(err, deploy.StepConnect, in.Node.Name)
}

func (d *Deeds) connect(ctx context.Context, in ConnectInput) (ConnectResult, error) {
	if err := d.await(ctx, in.Deployment, in.Node); err != nil {
		return ConnectResult{}, err
	}
	runner := d.Hosts.Runner(in.Deployment, in.Node)
	out, err := runner.Run(ctx, remote.Command{Script: "cat /proc/sys/kernel/random/boot_id"})
	if err != nil {
		return ConnectResult{}, err
	}
	if in.Look {
		return ConnectResult{BootID: trimmed(out.Stdout)}, nil
	}
	// Every operation begins here, so this is where old jobs go. What cannot be
	// removed now is the next one's.
	if _, err := job.PruneDefault(ctx, runner); err != nil && activity.IsActivity(ctx) {
		activity.GetLogger(ctx).Warn("Old jobs could not be removed", "node", in.Node.Name, "error", err)
	}
	return ConnectResult{BootID: trimmed(out.Stdout)}, nil
}

// FindInput names a deployment.
type FindInput struct {
	Deployment string `json:"deployment"`
	Provider   string `json:"provider"`
}

// FindResult holds what exists of it.
type FindResult struct {
	Provider  string           `json:"provider"`
	Instances deploy.Instances `json:"instances"`
	// Notify are the states that somebody wants to be told of.
	Notify []deploy.State `json:"notify,omitempty"`
}

// Find looks what exists of a deployment.
func (d *Deeds) Find(ctx context.Context, in FindInput) (FindResult, error) {
	name, provider, err := d.provider(in.Provider)
	if err != nil {
		return FindResult{}, translate(err, "", "")
	}
	instances, err := provider.Find(ctx, in.Deployment)
	return FindResult{Provider: name, Instances: instances, Notify: d.wanted()}, translate(err, "", "")
}

// TerminateInput names the nodes to remove; none means all of the deployment.
type TerminateInput struct {
	Deployment string   `json:"deployment"`
	Provider   string   `json:"provider"`
	Nodes      []string `json:"nodes,omitempty"`
}

// TerminateResult names what was removed by this attempt.
type TerminateResult struct {
	Removed []string `json:"removed"`
}

// Terminate removes nodes with their disks. What is gone already is success, so
// that an interrupted attempt is simply repeated.
func (d *Deeds) Terminate(ctx context.Context, in TerminateInput) (TerminateResult, error) {
	h := startHeart(ctx)
	defer h.stop()
	_, provider, err := d.provider(in.Provider)
	if err != nil {
		return TerminateResult{}, translate(err, "", "")
	}
	removed, err := provider.Terminate(ctx, in.Deployment, in.Nodes)
	return TerminateResult{Removed: removed}, translate(err, "", "")
}
