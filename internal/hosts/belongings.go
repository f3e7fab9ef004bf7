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
// and returns them. The machines stay as they are, but for what
// Config.Restore takes away.
func (p *Provider) Discard(ctx context.Context, deployment string, only []string) ([]deploy.Belonging, error) {
	s, err := p.look(ctx)
	if err != nil {
		return nil, err
	}
	var meant []int
	for _, machines := range p.of(s, deployment) {
		for _, m := range machines {
			if slices.Contains(only, p.belonging(m, s.leases[m]).Name()) {
				meant = append(meant, m)
			}
		}
	}
	slices.Sort(meant)
	given := make([]bool, len(meant))
	err = p.each(ctx, len(meant), func(ctx context.Context, i int) error {
		var err error
		given[i], err = p.release(ctx, p.machines[meant[i]], deployment, s.leases[meant[i]].Node)
		return err
	})
	var gone []deploy.Belonging
	for i, m := range meant {
		if given[i] {
			gone = append(gone, p.belonging(m, s.leases[m]))
		}
	}
	return gone, err
}
