package activities

import (
	"context"
	"fmt"

	"aiolos/deploy"
	"aiolos/internal/gluster"
)

// VolumeConfig configures the action "gluster_volume".
type VolumeConfig struct {
	// Name is the volume's name.
	Name string `json:"name"`
	// Bricks are "host:/path", in an order in which replica sets are consecutive.
	Bricks []string `json:"bricks"`
	// Replica is the number of copies; 0 or 1 means none.
	Replica int `json:"replica,omitempty"`
	// Arbiter is the number of bricks in a replica set that hold only metadata.
	Arbiter int `json:"arbiter,omitempty"`
	// Disperse is the number of bricks in an erasure-coded set; 0 means none.
	Disperse int `json:"disperse,omitempty"`
	// Redundancy is how many bricks of such a set may be lost.
	Redundancy int `json:"redundancy,omitempty"`
	// Transport is "tcp", which is also meant where it is empty.
	Transport string `json:"transport,omitempty"`
	// Options are volume options as `gluster volume set` takes them.
	Options map[string]string `json:"options,omitempty"`
	// Force passes gluster's own "force", which overrides its safety checks.
	Force bool `json:"force,omitempty"`
	// Rebalance says what follows an expansion: none, fix-layout or full.
	Rebalance string `json:"rebalance,omitempty"`
}

// volumeAction creates, expands and starts a volume.
func volumeAction() Action {
	a := Action{Title: "Volume", Nature: NatureQuick, Ties: true}
	a.Name = "gluster_volume"
	a.Doc = "Makes the volume exist with these bricks and options, started, with all bricks online."
	a.Check = check(func(c VolumeConfig) []deploy.Problem { return c.volume().Check() })
	return action(a, (*Deeds).ensureVolume)
}

func (c VolumeConfig) volume() gluster.Volume {
	return gluster.Volume{
		Name: c.Name, Bricks: c.Bricks, Replica: c.Replica, Arbiter: c.Arbiter, Disperse: c.Disperse, Redundancy: c.Redundancy,
		Transport: c.Transport, Options: c.Options, Force: c.Force, Rebalance: c.Rebalance,
	}
}

func (d *Deeds) ensureVolume(ctx context.Context, in ActionInput[VolumeConfig]) (ActionResult, error) {
	result, err := gluster.EnsureVolume(ctx, d.Hosts.Runner(in.Deployment, in.Node), in.Config.volume(), sayer(ctx))
	if err != nil {
		return ActionResult{}, err
	}
	out := ActionResult{Message: fmt.Sprintf("%s, %d bricks, started", in.Config.Name, len(in.Config.Bricks))}
	if result.Created {
		out.Changes = append(out.Changes, fmt.Sprintf("created volume %s with %d bricks", in.Config.Name, len(in.Config.Bricks)))
	}
	for _, brick := range result.BricksAdded {
		out.Changes = append(out.Changes, fmt.Sprintf("added brick %s to volume %s", brick, in.Config.Name))
	}
	for _, option := range result.OptionsSet {
		out.Changes = append(out.Changes, fmt.Sprintf("set option %s of volume %s", option, in.Config.Name))
	}
	if result.Started {
		out.Changes = append(out.Changes, "started volume "+in.Config.Name)
	}
	if result.Rebalanced {
		out.Changes = append(out.Changes, "rebalanced volume "+in.Config.Name)
	}
	return out, nil
}
