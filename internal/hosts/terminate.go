package hosts

import (
	"context"
	"slices"
)

// Terminate gives up the leases of the named nodes, or all of the deployment where
// nodes is nil, and returns the names of the nodes that had one, sorted. Nothing
// found is success. The machines stay as they are, but for what Config.Restore takes away.
//
// If a machine that cannot be asked may have one of the leases, all others are given
// up, and the error is an *UnknownError.
func (p *Provider) Terminate(ctx context.Context, deployment string, nodes []string) ([]string, error) {
	if err := checkName("deployment", deployment); err != nil {
		return nil, err
	}
	for _, node := range nodes {
		if err := checkName("node", node); err != nil {
			return nil, err
		}
	}
	if nodes != nil && len(nodes) == 0 {
		return nil, ctx.Err()
	}
	s, err := p.look(ctx)
	if err != nil {
		return nil, err
	}
	type holding struct {
		machine int
		node    string
	}
	var held []holding
	var found []string
	for node, machines := range p.of(s, deployment) {
		if nodes != nil && !slices.Contains(nodes, node) {
			continue
		}
		found = append(found, node)
		for _, m := range machines {
			held = append(held, holding{m, node})
		}
	}
	removed := make([]string, len(held))
	err = p.each(ctx, len(held), func(ctx context.Context, i int) error {
		dropped, err := p.release(ctx, p.machines[held[i].machine], deployment, held[i].node)
		if dropped {
			removed[i] = held[i].node
		}
		return err
	})
	removed = slices.DeleteFunc(removed, func(n string) bool { return n == "" })
	slices.Sort(removed)
	removed = slices.Compact(removed)
	if err != nil {
		return removed, err
	}
	if blind := s.blind(everyone); len(blind) > 0 && (nodes == nil || slices.ContainsFunc(nodes, func(n string) bool { return !slices.Contains(found, n) })) {
		return removed, &UnknownError{Deployment: deployment, Needed: "leases of " + deployment + " may be on them", Machines: blind}
	}
	return removed, nil
}

// release takes away from a machine what a node has of Aiolos, and then its lease.
func (p *Provider) release(ctx context.Context, m Machine, deployment, node string) (dropped bool, err error) {
	if p.cfg.Restore != nil {
		if err := p.cfg.Restore(ctx, m, deployment, node); err != nil {
			return false, err
		}
	}
	did, _, err := p.lease(ctx, m, "drop", owner(deployment, node))
	return did == didDropped, err
}
