package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	a := Action{Title: "Volume", Nature: NatureQuick, Wide: true}
	a.Name = "gluster_volume"
	a.Doc = "Makes the volume exist with these bricks and options, started, with all bricks online."
	a.Check = check(func(c VolumeConfig) []deploy.Problem { return c.volume().Check() })
	return checkable(undoable(action(a, (*Deeds).ensureVolume), (*Deeds).undoVolume), (*Deeds).lookVolume)
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
		return ActionResult{}, d.leftover(ctx, in, err)
	}
	out := ActionResult{Message: fmt.Sprintf("%s, %d bricks, started", in.Config.Name, len(in.Config.Bricks))}
	if result.Created {
		out.Made = append(out.Made, madeVolume)
		out.Changes = append(out.Changes, fmt.Sprintf("created volume %s with %d bricks", in.Config.Name, len(in.Config.Bricks)))
	}
	for _, brick := range result.BricksAdded {
		out.Made = append(out.Made, brick)
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

// lookVolume tells in what the volume differs from what is wanted.
func (d *Deeds) lookVolume(ctx context.Context, in ActionInput[VolumeConfig]) (CheckResult, error) {
	differences, err := gluster.VolumeDifferences(ctx, d.Hosts.Runner(in.Deployment, in.Node), in.Config.volume())
	return CheckResult{Differences: differences}, err
}

// leftover looks for what an attempt has left that failed half-way: bricks that bear
// gluster's mark, which it refuses for that reason, and that are of no volume. Where
// there was one without any file, it is freed, and the deed can be tried again.
func (d *Deeds) leftover(ctx context.Context, in ActionInput[VolumeConfig], err error) error {
	var failed *gluster.CommandError
	if !errors.As(err, &failed) || failed.Temporary() {
		return err
	}
	var freed []string
	for _, node := range in.Nodes {
		for _, brick := range in.Config.Bricks {
			if !on(brick, node) {
				continue
			}
			// One that is in use, or cannot be looked at, is none.
			some, _ := gluster.FreeBricks(ctx, d.member(in.Deployment, node), []string{brick}, sayer(ctx))
			freed = append(freed, some...)
		}
	}
	if len(freed) == 0 {
		return err
	}
	return &gluster.LeftoverError{Bricks: freed, Err: err}
}

// on says whether a node holds a brick.
func on(brick string, node deploy.Node) bool { return strings.HasPrefix(brick, node.Hostname+":") }

// madeVolume says that the volume as a whole was made. No brick is called so.
const madeVolume = "volume"

// undoVolume deletes a volume that the action created, or takes out of one the
// bricks that it added and those on nodes that leave, with the files on them
// moved to the others.
func (d *Deeds) undoVolume(ctx context.Context, in UndoInput[VolumeConfig]) (ActionResult, error) {
	runner := d.Hosts.Runner(in.Deployment, in.Node)
	if slices.Contains(in.Made, madeVolume) {
		deleted, err := gluster.DeleteVolume(ctx, runner, in.Config.Name, false, sayer(ctx))
		result := ActionResult{}
		if deleted.Deleted {
			result.Changes = append(result.Changes, "deleted volume "+in.Config.Name)
		}
		if err != nil {
			return result, err
		}
		return result, d.freeBricks(ctx, in, in.Config.Bricks)
	}
	var bricks []string
	for _, brick := range in.Config.Bricks {
		leaves := slices.ContainsFunc(in.Leaving, func(n deploy.Node) bool { return on(brick, n) })
		if leaves || slices.Contains(in.Made, brick) {
			bricks = append(bricks, brick)
		}
	}
	removed, err := gluster.RemoveBricks(ctx, runner, in.Config.Name, bricks, sayer(ctx))
	result := ActionResult{}
	for _, brick := range removed {
		result.Changes = append(result.Changes, fmt.Sprintf("removed brick %s from volume %s", brick, in.Config.Name))
	}
	if err != nil {
		return result, err
	}
	return result, d.freeBricks(ctx, in, bricks)
}

// freeBricks frees the directories of bricks on nodes that stay: gluster would not
// take them for bricks again.
func (d *Deeds) freeBricks(ctx context.Context, in UndoInput[VolumeConfig], bricks []string) error {
	for _, node := range in.Nodes {
		here := slices.ContainsFunc(bricks, func(brick string) bool { return on(brick, node) })
		leaves := slices.ContainsFunc(in.Leaving, func(n deploy.Node) bool { return n.Name == node.Name })
		if !here || leaves {
			continue
		}
		if _, err := gluster.FreeBricks(ctx, d.member(in.Deployment, node), bricks, sayer(ctx)); err != nil {
			return err
		}
	}
	return nil
}
