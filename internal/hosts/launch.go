package hosts

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"

	"aiolos/deploy"
)

// maxRounds bounds how often Launch looks again after others were quicker. Each
// round that is lost is one in which another deployment got a machine.
const maxRounds = 10

// Launch leases a machine for each of the nodes that has none, and returns all of
// them in the order asked for. Nodes that have one keep it. All get one or none
// does: deployments that held some each and waited for more would wait for ever.
//
// Errors are *deploy.ProfileError, *ImageError and *NameError, before anything is leased;
// *ShortageError and *RaceError, after which nothing is leased that was not before;
// *UnknownError if a node has no machine as far as is known, and one that cannot be
// asked may be it; *TwiceError; *MachineError, after which the next attempt goes on.
func (p *Provider) Launch(ctx context.Context, deployment string, nodes []deploy.Launch) ([]deploy.Instance, error) {
	l := &launching{Provider: p, deployment: deployment, attempt: rand.Text(), fresh: map[int]bool{}, written: map[string]int{}}
	if err := checkName("deployment", deployment); err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if err := p.check(n.NodeSpec); err != nil {
			return nil, err
		}
		l.nodes = append(l.nodes, n.NodeSpec)
	}
	// The same nodes get the same machines, in whatever order they are asked for.
	slices.SortFunc(l.nodes, func(a, b deploy.NodeSpec) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Index, b.Index))
	})
	has, err := l.run(ctx)
	if err != nil {
		return nil, err
	}
	instances := make([]deploy.Instance, len(nodes))
	for i, n := range nodes {
		m := has[n.Name]
		instances[i] = instance(p.machines[m], l.leaseOf(m, n.NodeSpec, nil))
		instances[i].Launched = l.fresh[m]
	}
	if p.cfg.Prepare == nil {
		return instances, nil
	}
	err = p.each(ctx, len(nodes), func(ctx context.Context, i int) error {
		return p.cfg.Prepare(ctx, p.machines[has[nodes[i].Name]], deployment, nodes[i].NodeSpec)
	})
	if err != nil {
		return nil, err
	}
	return instances, nil
}

func (p *Provider) check(spec deploy.NodeSpec) error {
	if _, ok := p.cfg.Inventory.Profiles[spec.Profile]; !ok {
		return &deploy.ProfileError{Profile: spec.Profile, Known: p.Profiles()}
	}
	if images := p.Images(); spec.Image != "" && !slices.Contains(images, spec.Image) && !slices.Contains(images, "*") {
		return &ImageError{Image: spec.Image, Known: images}
	}
	for _, d := range spec.Disks {
		if !deploy.DeviceNames.OK(d.Device) {
			return &NameError{What: "device", Name: d.Device}
		}
	}
	return errors.Join(checkName("node", spec.Name), checkName("group", spec.Group), checkName("host", spec.Hostname))
}

// checkName refuses what could not be told apart from other lines of a lease.
func checkName(what, name string) error {
	if !hostName.MatchString(name) {
		return &NameError{What: what, Name: name}
	}
	return nil
}
