package gluster

import (
	"context"
	"fmt"
	"slices"

	"aiolos/internal/remote"
)

// Dissolve takes apart the pool of r's node, before its machines go: it deletes the
// volumes whose bricks are all on hosts, and detaches these hosts. A volume that has
// a brick elsewhere is somebody else's, too, and stays, as do the peers that hold
// it. It returns what it changed, also along with an error, and what it left.
// A node without gluster has no pool: nothing is changed.
//
// Errors are *CommandError, *DetachError, *WaitError, or the runner's.
func Dissolve(ctx context.Context, r remote.Runner, hosts []string, progress func(string)) (changes, left []string, err error) {
	installed, err := r.Run(ctx, remote.Command{Script: "command -v gluster >/dev/null && gluster pool list >/dev/null 2>&1"})
	if err != nil || installed.Exit != 0 {
		return nil, nil, err
	}
	c := cli{runner: r}
	volumes, err := c.volumes(ctx)
	if err != nil {
		return nil, nil, err
	}
	var holding []string
	for _, v := range volumes {
		foreign, on := v.elsewhere(hosts)
		if foreign != "" {
			left = append(left, fmt.Sprintf("volume %s: it has the brick %s, which is on none of the deployment's nodes", v.Name, foreign))
			holding = append(holding, on...)
			continue
		}
		// With force: nothing is to come of a rebalance any more.
		deleted, err := DeleteVolume(ctx, r, v.Name, true, progress)
		if deleted.Deleted {
			changes = append(changes, "deleted volume "+v.Name)
		}
		if err != nil {
			return changes, left, err
		}
	}
	peers, err := c.pool(ctx)
	if err != nil {
		return changes, left, err
	}
	for _, host := range hosts {
		ours := func(p peer) bool { return p.named(host) && !p.self() }
		if slices.Contains(holding, host) || !slices.ContainsFunc(peers, ours) {
			continue
		}
		detached, err := Detach(ctx, r, []string{host}, progress)
		if len(detached) > 0 {
			changes = append(changes, "detached "+host)
		}
		if err != nil {
			return changes, left, err
		}
	}
	return changes, left, nil
}

// elsewhere returns the first of the volume's bricks that is on none of the hosts, or
// "", and those of the hosts that hold a brick.
func (v volumeInfo) elsewhere(hosts []string) (foreign string, on []string) {
	for _, b := range v.Bricks {
		brick, err := ParseBrick(b.Name)
		switch {
		case err == nil && slices.Contains(hosts, brick.Host):
			on = append(on, brick.Host)
		case foreign == "":
			foreign = b.Name
		}
	}
	return foreign, on
}
