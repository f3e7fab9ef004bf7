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
			all = append(all, p.belonging(i, l))
		}
	}
	if blind := s.blind(everyone); len(blind) > 0 {
		return all, &UnknownError{Needed: "leases may be on them", Machines: blind}
	}
	return all, nil
}

func (p *Provider) belonging(machine int, l *Lease) deploy.Belonging {
	return deploy.Belonging{Deployment: l.Deployment, Node: l.Node, Kind: kindLease, ID: idPrefix + p.machines[machine].Name, Made: l.Since}
}

// Discard gives up those leases of a deployment that are named and still held,
// and returns them. The machines stay as they are.
func (p *Provider) Discard(ctx context.Context, deployment string, only []string) ([]deploy.Belonging, error) {
	s, err := p.look(ctx)
	if err != nil {
		return nil, err
	}
	var there []deploy.Belonging
	for _, machines := range p.of(s, deployment) {
		for _, m := range machines {
			b := p.belonging(m, s.leases[m])
			if !slices.Contains(only, b.Name()) {
				continue
			}
			did, _, err := p.lease(ctx, p.machines[m], "drop", owner(deployment, b.Node))
			if err != nil {
				return there, err
			}
			if did == didDropped {
				there = append(there, b)
			}
		}
	}
	return there, nil
}
