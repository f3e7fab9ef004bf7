package ec2

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Belongings is all that carries the worker's tag, of one deployment.
type Belongings struct {
	Deployment string
	// Nodes are the names of those of which there is anything.
	Nodes []string
	// Instances, Volumes and SecurityGroups are told by ID, PlacementGroups by name.
	Instances, Volumes, SecurityGroups, PlacementGroups []string
}

// Orphans lists what the worker has made and what is not terminated, by
// deployment. Which of these still exist to Temporal the provider does not know:
// what belongs to none of those is orphaned.
func (p *Provider) Orphans(ctx context.Context) ([]Belongings, error) {
	byName := map[string]*Belongings{}
	of := func(tags []types.Tag) *Belongings {
		read := tagMap(tags)
		b := byName[read[tagDeployment]]
		if b == nil {
			b = &Belongings{Deployment: read[tagDeployment]}
			byName[b.Deployment] = b
		}
		if node := read[tagNode]; node != "" {
			b.Nodes = append(b.Nodes, node)
		}
		return b
	}
	instances, err := p.list(ctx, "", present)
	if err != nil {
		return nil, err
	}
	for _, i := range instances {
		b := of(i.Tags)
		b.Instances = append(b.Instances, aws.ToString(i.InstanceId))
	}
	volumes, err := p.volumes(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, v := range volumes {
		b := of(v.Tags)
		b.Volumes = append(b.Volumes, aws.ToString(v.VolumeId))
	}
	groups, err := p.madeSecurityGroups(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		b := of(g.Tags)
		b.SecurityGroups = append(b.SecurityGroups, aws.ToString(g.GroupId))
	}
	placements, err := p.madePlacementGroups(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, g := range placements {
		b := of(g.Tags)
		b.PlacementGroups = append(b.PlacementGroups, aws.ToString(g.GroupName))
	}
	var all []Belongings
	for _, b := range byName {
		for _, list := range []*[]string{&b.Nodes, &b.Instances, &b.Volumes, &b.SecurityGroups, &b.PlacementGroups} {
			slices.Sort(*list)
			*list = slices.Compact(*list)
		}
		all = append(all, *b)
	}
	slices.SortFunc(all, func(a, b Belongings) int { return cmp.Compare(a.Deployment, b.Deployment) })
	return all, nil
}
