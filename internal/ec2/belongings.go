package ec2

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"aiolos/deploy"
)

// Kinds of what is made.
const (
	kindInstance       = "instance"
	kindVolume         = "volume"
	kindSecurityGroup  = "security group"
	kindPlacementGroup = "placement group"
)

// Belongings lists what the worker has made and what is not terminated, by
// deployment. Which of these still exist to Temporal the provider does not know.
func (p *Provider) Belongings(ctx context.Context) ([]deploy.Belonging, error) {
	return p.belongings(ctx, "")
}

// belongings lists what was made for a deployment, or for any.
func (p *Provider) belongings(ctx context.Context, deployment string) ([]deploy.Belonging, error) {
	var all []deploy.Belonging
	add := func(kind string, id *string, tags []types.Tag, made *time.Time) {
		read := tagMap(tags)
		all = append(all, deploy.Belonging{
			Deployment: read[tagDeployment], Node: read[tagNode], Kind: kind, ID: aws.ToString(id), Made: aws.ToTime(made),
			Billed: kind == kindInstance || kind == kindVolume,
		})
	}
	instances, err := p.list(ctx, deployment, present)
	if err != nil {
		return nil, err
	}
	for _, i := range instances {
		add(kindInstance, i.InstanceId, i.Tags, i.LaunchTime)
	}
	volumes, err := p.volumes(ctx, deployment)
	if err != nil {
		return nil, err
	}
	for _, v := range volumes {
		add(kindVolume, v.VolumeId, v.Tags, v.CreateTime)
	}
	groups, err := p.madeSecurityGroups(ctx, deployment)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		add(kindSecurityGroup, g.GroupId, g.Tags, nil)
	}
	placements, err := p.madePlacementGroups(ctx, deployment)
	if err != nil {
		return nil, err
	}
	for _, g := range placements {
		add(kindPlacementGroup, g.GroupName, g.Tags, nil)
	}
	slices.SortStableFunc(all, func(a, b deploy.Belonging) int {
		return cmp.Or(cmp.Compare(a.Deployment, b.Deployment), cmp.Compare(a.Node, b.Node))
	})
	return all, nil
}
