package ec2

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// placementName is the name of the placement group that is made for a
// deployment's nodes of one strategy.
func (p *Provider) placementName(deployment, strategy string) string {
	return p.madeName(deployment) + "-" + strategy
}

// placementGroups makes sure that there are the placement groups with those
// strategies, whose tags are given.
func (p *Provider) placementGroups(ctx context.Context, deployment string, wanted map[string]map[string]string) error {
	if len(wanted) == 0 {
		return nil
	}
	there, err := p.madePlacementGroups(ctx, deployment)
	if err != nil {
		return err
	}
	for _, strategy := range slices.Sorted(maps.Keys(wanted)) {
		name := p.placementName(deployment, strategy)
		if slices.ContainsFunc(there, func(g types.PlacementGroup) bool { return aws.ToString(g.GroupName) == name }) {
			continue
		}
		_, err := p.ec2.CreatePlacementGroup(ctx, &ec2.CreatePlacementGroupInput{
			GroupName: aws.String(name), Strategy: types.PlacementStrategy(strategy),
			TagSpecifications: []types.TagSpecification{tagged(types.ResourceTypePlacementGroup, p.deploymentTags(deployment, name, wanted[strategy]))},
		})
		// Another attempt may have been faster.
		if err != nil && !isCode(err, codePlacementTaken) {
			return apiError("create the placement group "+name, err)
		}
	}
	return nil
}

// madePlacementGroups lists those that were made for a deployment, or for any.
func (p *Provider) madePlacementGroups(ctx context.Context, deployment string) ([]types.PlacementGroup, error) {
	out, err := p.ec2.DescribePlacementGroups(ctx, &ec2.DescribePlacementGroupsInput{Filters: p.ours(deployment)})
	if err != nil {
		return nil, apiError("list placement groups", err)
	}
	return slices.DeleteFunc(out.PlacementGroups, func(g types.PlacementGroup) bool {
		return g.State == types.PlacementGroupStateDeleting || g.State == types.PlacementGroupStateDeleted
	}), nil
}

// deletePlacementGroups deletes those that are meant, of what was made for a
// deployment.
func (p *Provider) deletePlacementGroups(ctx context.Context, deployment string, meant func(id string) bool) error {
	groups, err := p.madePlacementGroups(ctx, deployment)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if !meant(aws.ToString(g.GroupName)) {
			continue
		}
		_, err := p.ec2.DeletePlacementGroup(ctx, &ec2.DeletePlacementGroupInput{GroupName: g.GroupName})
		if err != nil && !isCode(err, codeNoSuchPlacement) {
			return apiError("delete the placement group "+aws.ToString(g.GroupName), err)
		}
	}
	return nil
}
