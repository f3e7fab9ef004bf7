package ec2

import (
	"context"
	"slices"

	"aiolos/deploy"
)

// Discard removes those things of a deployment that are named (deploy.Belonging.Name),
// and that carry its tags still; nothing else, whatever there is. It returns those that were
// there and are not any more: a volume that serves an instance of somebody
// else's stays, as do the groups while there is an instance that is not named.
func (p *Provider) Discard(ctx context.Context, deployment string, only []string) ([]deploy.Belonging, error) {
	if err := checkName("deployment", deployment); err != nil {
		return nil, err
	}
	there, err := p.belongings(ctx, deployment)
	if err != nil {
		return nil, err
	}
	there = slices.DeleteFunc(there, func(b deploy.Belonging) bool { return !slices.Contains(only, b.Name()) })
	among := func(kind string) func(id string) bool {
		return func(id string) bool {
			return slices.ContainsFunc(there, func(b deploy.Belonging) bool { return b.Kind == kind && b.ID == id })
		}
	}
	if err := p.discard(ctx, deployment, there, among); err != nil {
		return nil, err
	}
	left, err := p.belongings(ctx, deployment)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(there, func(b deploy.Belonging) bool {
		return slices.ContainsFunc(left, func(l deploy.Belonging) bool { return l.Name() == b.Name() })
	}), nil
}

func (p *Provider) discard(ctx context.Context, deployment string, there []deploy.Belonging, among func(kind string) func(id string) bool) error {
	var instances []string
	for _, b := range there {
		if b.Kind == kindInstance {
			instances = append(instances, b.ID)
		}
	}
	if err := p.terminate(ctx, instances); err != nil {
		return err
	}
	if err := p.awaitTerminated(ctx, deployment, instances); err != nil {
		return err
	}
	volume := among(kindVolume)
	if _, err := p.removeVolumes(ctx, deployment, func(_, id string) bool { return volume(id) }, instances); err != nil {
		return err
	}
	others, err := p.list(ctx, deployment, present)
	if err != nil || len(others) > 0 {
		return err
	}
	if err := p.deleteSecurityGroups(ctx, deployment, among(kindSecurityGroup)); err != nil {
		return err
	}
	return p.deletePlacementGroups(ctx, deployment, among(kindPlacementGroup))
}
