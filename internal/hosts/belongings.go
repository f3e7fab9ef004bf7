package hosts

import (
	"context"
	"slices"

	"aiolos/deploy"
)

// kindLease is what a deployment has of a machine.
const kindLease = "lease"

// Belongings lists the leases on all machines. Machines that cannot be asked are
// told by an *UnknownError, beside the leases that are known.
func (p *Provider) Belongings(ctx context.Context) ([]deploy.Belonging, error) {
	s, err := p.look(ctx)
	if err != nil {
		return nil, err
	}
	var all []deploy.Belonging
	for i, l := range s.leases {
		if l != nil && !p.aliased(s, i) {
			all = append(all, deploy.Belonging{Deployment: l.Deployment, Node: l.Node, Kind: kindLease, ID: idPrefix + p.machines[i].Name, Made: l.Since})
		}
	}
	if blind := s.blind(everyone); len(blind) > 0 {
		return all, &UnknownError{Needed: "leases may be on them", Machines: blind}
	}
	return all, nil
}

// Discard gives up those leases of a deployment that are listed and still held,
// and returns them. The machines stay as they are.
func (p *Provider) Discard(ctx context.Context, deployment string, listed []deploy.Belonging) ([]deploy.Belonging, error) {
	s, err := p.look(ctx)
	if err != nil {
		return nil, err
	}
	var there []deploy.Belonging
	for _, machines := range p.of(s, deployment) {
		for _, m := range machines {
			at := slices.IndexFunc(listed, func(b deploy.Belonging) bool {
				return b.Kind == kindLease && b.Deployment == deployment && b.ID == idPrefix+p.machines[m].Name
			})
			if at < 0 {
				continue
			}
			did, _, err := p.lease(ctx, p.machines[m], "drop", owner(deployment, s.leases[m].Node))
			if err != nil {
				return there, err
			}
			if did == didDropped {
				there = append(there, listed[at])
			}
		}
	}
	return there, nil
}
