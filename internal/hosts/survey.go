package hosts

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"aiolos/deploy"
)

// survey is who has which machine, by the order of the machines in service.
type survey struct {
	leases []*Lease
	// unknown says of which machines it could not be seen.
	unknown []*MachineError
}

// look reads all leases. Its error is ctx's own: what is wrong with machines is part
// of the survey.
func (p *Provider) look(ctx context.Context) (survey, error) {
	s := survey{leases: make([]*Lease, len(p.machines)), unknown: make([]*MachineError, len(p.machines))}
	err := p.each(ctx, len(p.machines), func(ctx context.Context, i int) error {
		_, held, err := p.lease(ctx, p.machines[i], "look")
		if err != nil && !errors.As(err, &s.unknown[i]) {
			return err
		}
		s.leases[i] = held
		return nil
	})
	return s, err
}

// each does something for each of n machines, some at once. One that fails does not
// stop the others; the first error is returned, in their order.
func (p *Provider) each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	errs := make([]error, n)
	var group errgroup.Group
	group.SetLimit(p.cfg.Concurrent)
	for i := range n {
		group.Go(func() error {
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = do(ctx, i)
			}
			return nil
		})
	}
	_ = group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// aliased says whether the i-th machine is another one by another name: it shows
// the very lease that the other has under its own.
func (p *Provider) aliased(s survey, i int) bool {
	l := s.leases[i]
	if l.Machine == p.machines[i].Name {
		return false
	}
	for j, other := range s.leases {
		if j != i && other != nil && p.machines[j].Name == l.Machine && other.String() == l.String() {
			return true
		}
	}
	return false
}

// of are the machines that nodes of the deployment have, by the nodes' names.
func (p *Provider) of(s survey, deployment string) map[string][]int {
	found := map[string][]int{}
	for i, l := range s.leases {
		if l != nil && l.Deployment == deployment && !p.aliased(s, i) {
			found[l.Node] = append(found[l.Node], i)
		}
	}
	return found
}

// blind are the machines of which nothing is known, if they matter.
func (s survey) blind(matters func(machine int) bool) []*MachineError {
	var all []*MachineError
	for i, u := range s.unknown {
		if u != nil && matters(i) {
			all = append(all, u)
		}
	}
	return all
}

func everyone(int) bool { return true }

// Find returns the deployment's machines, by group and index. As a machine that
// cannot be asked may be one of them, that is an error (*UnknownError): who
// believed that a node has no machine would give it a second one.
func (p *Provider) Find(ctx context.Context, deployment string) ([]deploy.Instance, error) {
	if err := checkName("deployment", deployment); err != nil {
		return nil, err
	}
	s, err := p.look(ctx)
	if err != nil {
		return nil, err
	}
	if blind := s.blind(everyone); len(blind) > 0 {
		return nil, &UnknownError{Deployment: deployment, Needed: "nodes of " + deployment + " may be among them", Machines: blind}
	}
	var found []deploy.Instance
	for node, machines := range p.of(s, deployment) {
		if len(machines) > 1 {
			return nil, p.twice(deployment, node, machines)
		}
		found = append(found, instance(p.machines[machines[0]], *s.leases[machines[0]]))
	}
	slices.SortFunc(found, func(a, b deploy.Instance) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Index, b.Index))
	})
	return found, nil
}

func (p *Provider) twice(deployment, node string, machines []int) error {
	e := &TwiceError{Deployment: deployment, Node: node}
	for _, i := range machines {
		e.Machines = append(e.Machines, p.machines[i].Name)
	}
	return e
}
