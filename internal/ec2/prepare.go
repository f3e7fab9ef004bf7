package ec2

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"aiolos/deploy"
)

// place is where a node may be launched: a subnet, with the security groups there.
type place struct {
	subnet
	groups []string
}

// run is the launch of one node.
type run struct {
	deploy.Launch
	deployment string
	profile    Profile
	image      types.Image
	// places are where to try, in this order.
	places []place
	// placement is the placement group's name, "" for none.
	placement string
	// generation tells this launch from those of instances that are gone.
	generation string
}

// prepare looks up what the launches need, and makes what belongs to the
// deployment as a whole. How many calls that takes depends on how many profiles,
// images and VPCs there are, but not on how many nodes.
func (p *Provider) prepare(ctx context.Context, deployment string, nodes []deploy.Launch) ([]*run, error) {
	var wantedImages []Image
	var wantedSubnets []string
	for _, n := range nodes {
		image, _ := p.imageOf(n.NodeSpec)
		wantedImages = append(wantedImages, image)
		wantedSubnets = append(wantedSubnets, p.cfg.Profiles[n.Profile].Subnets...)
	}
	subnets, err := p.subnets(ctx, wantedSubnets)
	if err != nil {
		return nil, err
	}
	runs := make([]*run, len(nodes))
	for i, n := range nodes {
		profile := p.cfg.Profiles[n.Profile]
		r := &run{Launch: n, deployment: deployment, profile: profile, placement: profile.PlacementGroup.Name}
		of := make([]subnet, len(profile.Subnets))
		for k, id := range profile.Subnets {
			of[k] = subnets[id]
		}
		where, err := candidates(n.NodeSpec, of)
		if err != nil {
			return nil, err
		}
		for _, s := range where {
			r.places = append(r.places, place{subnet: s, groups: slices.Clone(profile.SecurityGroups)})
		}
		runs[i] = r
	}
	images, err := p.images(ctx, wantedImages)
	if err != nil {
		return nil, err
	}
	for i, r := range runs {
		r.image = images[wantedImages[i]]
		if err := r.checkImage(); err != nil {
			return nil, err
		}
	}
	return runs, p.prepareGroups(ctx, deployment, runs)
}

// prepareGroups makes the security groups and placement groups that are made for
// each deployment.
func (p *Provider) prepareGroups(ctx context.Context, deployment string, runs []*run) error {
	from := map[string][]string{}
	placements := map[string]map[string]string{}
	var tags map[string]string
	for _, r := range runs {
		if strategy := r.profile.PlacementGroup.Strategy; strategy != "" {
			placements[strategy] = r.profile.Tags
			r.placement = p.placementName(deployment, strategy)
		}
		if len(r.profile.SSHFrom) == 0 {
			continue
		}
		tags = r.profile.Tags
		for _, at := range r.places {
			from[at.vpc] = append(from[at.vpc], r.profile.SSHFrom...)
		}
	}
	for vpc, cidrs := range from {
		slices.Sort(cidrs)
		from[vpc] = slices.Compact(cidrs)
	}
	ids, err := p.securityGroups(ctx, deployment, from, tags)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if len(r.profile.SSHFrom) == 0 {
			continue
		}
		for i := range r.places {
			r.places[i].groups = append(r.places[i].groups, ids[r.places[i].vpc])
		}
	}
	return p.placementGroups(ctx, deployment, placements)
}
