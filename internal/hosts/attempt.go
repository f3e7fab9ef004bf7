package hosts

import (
	"context"
	"maps"
	"slices"

	"aiolos/deploy"
)

// launching is one attempt.
type launching struct {
	*Provider
	deployment string
	attempt    string
	nodes      []deploy.NodeSpec
	// fresh are the machines that this attempt has taken, and no other has found since.
	fresh map[int]bool
	// written is where this attempt has written leases, by the names of the nodes.
	written map[string]int
}

// run returns the machine of each node.
func (l *launching) run(ctx context.Context) (map[string]int, error) {
	for range maxRounds {
		s, err := l.look(ctx)
		if err != nil {
			return nil, err
		}
		has, again, err := l.own(ctx, s)
		if err != nil || again {
			if err != nil {
				return nil, err
			}
			continue
		}
		plan, err := l.plan(s, has)
		if err != nil {
			return nil, l.giveUp(ctx, err)
		}
		// What was written is looked at once more: an attempt of the same deployment
		// that was thought dead may have given the same node another machine meanwhile.
		// Of two attempts, the one that wrote last sees what the other wrote, so that
		// they never end with different machines for one node.
		if l.settled(has) {
			return plan, nil
		}
		if err := l.take(ctx, s, plan); err != nil {
			return nil, err
		}
	}
	return nil, l.giveUp(ctx, &RaceError{Deployment: l.deployment, Rounds: maxRounds})
}

// settled says whether every node has the machine that this attempt has written it on.
func (l *launching) settled(has map[string]int) bool {
	return !slices.ContainsFunc(l.nodes, func(n deploy.NodeSpec) bool {
		found, leased := has[n.Name]
		wrote, ok := l.written[n.Name]
		return !leased || !ok || found != wrote
	})
}

// own returns the machines that the deployment's nodes have; again says that
// something had to be put right first.
func (l *launching) own(ctx context.Context, s survey) (has map[string]int, again bool, err error) {
	has = map[string]int{}
	maps.DeleteFunc(l.fresh, func(m int, _ bool) bool { return s.leases[m] == nil || s.leases[m].Attempt != l.attempt })
	for node, machines := range l.of(s, l.deployment) {
		if len(machines) == 1 {
			has[node] = machines[0]
			continue
		}
		if !slices.ContainsFunc(l.nodes, func(n deploy.NodeSpec) bool { return n.Name == node }) {
			continue
		}
		// What this attempt has taken, nobody else relies on yet, unless another
		// attempt has found it since.
		mine := slices.DeleteFunc(slices.Clone(machines), func(i int) bool { return !l.fresh[i] })
		switch len(mine) {
		case 0:
			return nil, false, l.giveUp(ctx, l.twice(l.deployment, node, machines))
		case len(machines):
			mine = mine[1:]
		}
		for _, i := range mine {
			if err := l.undo(ctx, i, *s.leases[i]); err != nil {
				return nil, false, err
			}
		}
		again = true
	}
	return has, again, nil
}

// plan returns the machine that each node has or shall get.
func (l *launching) plan(s survey, has map[string]int) (map[string]int, error) {
	plan := map[string]int{}
	var missing []deploy.NodeSpec
	for _, n := range l.nodes {
		if m, ok := has[n.Name]; ok {
			plan[n.Name] = m
			continue
		}
		if blind := s.blind(func(m int) bool { return l.suits(m, n) }); len(blind) > 0 {
			return nil, &UnknownError{Deployment: l.deployment, Needed: n.Name + " of " + l.deployment + " may be one of them", Machines: blind}
		}
		missing = append(missing, n)
	}
	of := match(len(missing), len(l.machines), func(n, m int) bool {
		return s.leases[m] == nil && s.unknown[m] == nil && l.suits(m, missing[n])
	})
	var short []deploy.NodeSpec
	for n, m := range of {
		if m < 0 {
			short = append(short, missing[n])
			continue
		}
		plan[missing[n].Name] = m
	}
	if len(short) > 0 {
		return nil, l.shortage(s, short)
	}
	return plan, nil
}

func (l *launching) suits(m int, n deploy.NodeSpec) bool {
	return l.machines[m].suits(l.cfg.Inventory.Profiles[n.Profile], n)
}

func (l *launching) shortage(s survey, short []deploy.NodeSpec) error {
	e := &ShortageError{Deployment: l.deployment}
	for _, n := range short {
		i := slices.IndexFunc(e.Shortages, func(s Shortage) bool { return s.Profile == n.Profile })
		if i < 0 {
			i = len(e.Shortages)
			e.Shortages = append(e.Shortages, Shortage{Profile: n.Profile})
			for m := range l.machines {
				if l.suits(m, n) {
					e.Shortages[i].Suitable = append(e.Shortages[i].Suitable, Holding{Machine: l.machines[m].Name, Lease: s.leases[m]})
				}
			}
		}
		e.Shortages[i].Nodes = append(e.Shortages[i].Nodes, n.Name)
	}
	return e
}

// leaseOf is what this attempt writes for a node.
func (l *launching) leaseOf(m int, n deploy.NodeSpec, found *Lease) Lease {
	lease := Lease{
		Deployment: l.deployment, Group: n.Group, Index: n.Index, Node: n.Name, Machine: l.machines[m].Name,
		Disks: n.Disks, Since: l.cfg.Now(), Attempt: l.attempt,
	}
	if found != nil {
		lease.Since = found.Since
	}
	return lease
}

// take leases the planned machines, as far as they are not taken by others meanwhile.
func (l *launching) take(ctx context.Context, s survey, plan map[string]int) error {
	did := make([]string, len(l.nodes))
	err := l.each(ctx, len(l.nodes), func(ctx context.Context, i int) (err error) {
		n := l.nodes[i]
		m := plan[n.Name]
		if at, ok := l.written[n.Name]; ok && at == m && s.leases[m] != nil {
			did[i] = didKept
			return nil
		}
		lease := l.leaseOf(m, n, s.leases[m])
		did[i], _, err = l.lease(ctx, l.machines[m], "take", owner(l.deployment, n.Name), lease.terms())
		return err
	})
	clear(l.written)
	for i, n := range l.nodes {
		m := plan[n.Name]
		switch did[i] {
		case didTaken:
			l.fresh[m] = true
			l.written[n.Name] = m
		case didKept:
			l.written[n.Name] = m
		}
	}
	return err
}

// giveUp gives back what this attempt has taken, and returns why.
func (l *launching) giveUp(ctx context.Context, why error) error {
	if len(l.fresh) == 0 {
		return why
	}
	s, err := l.look(ctx)
	if err != nil {
		return err
	}
	for i := range l.fresh {
		if lease := s.leases[i]; lease != nil && lease.Deployment == l.deployment && lease.Attempt == l.attempt {
			if err := l.undo(ctx, i, *lease); err != nil {
				// It stays, and the next attempt finds it.
				return err
			}
		}
	}
	return why
}

// undo gives up the very lease.
func (l *launching) undo(ctx context.Context, m int, lease Lease) error {
	did, _, err := l.lease(ctx, l.machines[m], "undo", owner(lease.Deployment, lease.Node), lease.terms())
	if err == nil && did == didDropped {
		delete(l.fresh, m)
	}
	return err
}
