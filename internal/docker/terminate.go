package docker

import (
	"context"
	"slices"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

// Terminate removes the named nodes, or all of the deployment where nodes is
// nil: their containers, and their disks with all data. It returns the names of
// the nodes of which it removed something, sorted. Nothing found is success.
func (p *Provider) Terminate(ctx context.Context, deployment string, nodes []string) ([]string, error) {
	prefixes := []string{diskPrefix(deployment)}
	if nodes != nil {
		prefixes = nil
		for _, n := range nodes {
			if err := checkName("node", n); err != nil {
				return nil, err
			}
			prefixes = append(prefixes, diskPrefix(deployment, n))
		}
	}
	containers, err := p.list(ctx, deployment)
	if err != nil || nodes != nil && len(nodes) == 0 {
		return nil, err
	}
	var removed, ids []string
	for _, c := range containers {
		if name := c.Labels[labelNode]; nodes == nil || slices.Contains(nodes, name) {
			removed = append(removed, name)
			ids = append(ids, c.ID)
		}
	}
	if err := removeContainers(ctx, p.cli, ids); err != nil {
		return nil, err
	}
	// Disks are told by their files, so that one whose node was never made, or
	// is gone already, goes too.
	files, err := detach(ctx, p.cli, p.lab, prefixes)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		removed = append(removed, nodeOf(file))
	}
	slices.Sort(removed)
	return slices.Compact(removed), p.sweep(ctx)
}

// stale is after how long a helper that was never started is nobody's any more.
const stale = time.Minute

// sweep removes helpers that were made and never started, since whoever made them
// was killed before.
func (p *Provider) sweep(ctx context.Context) error {
	filters := make(client.Filters).Add("label", labelLab+"="+p.lab, labelHelper).Add("status", "created")
	found, err := p.cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return engineError(p.cli, "list helpers", err)
	}
	var old []string
	for _, c := range found.Items {
		if time.Since(time.Unix(c.Created, 0)) > stale {
			old = append(old, c.ID)
		}
	}
	return removeContainers(ctx, p.cli, old)
}

// removeContainers removes containers at once, without stopping what runs in
// them: nothing of them is kept.
func removeContainers(ctx context.Context, cli *client.Client, ids []string) error {
	var group errgroup.Group
	group.SetLimit(concurrent)
	for _, id := range ids {
		group.Go(func() error {
			_, err := cli.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
			// Gone, or going by another's hand: either way it is removed.
			if errdefs.IsNotFound(err) || errdefs.IsConflict(err) {
				return nil
			}
			return engineError(cli, "remove container "+id, err)
		})
	}
	return group.Wait()
}
