package ec2

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// permissions tries every action that needs no profile, without doing it. Those
// that change something are not among them: the worker may do these to what
// carries its tag, and what does not exist carries none.
func (d *doctor) permissions(ctx context.Context) {
	dry := aws.Bool(true)
	const name = "aiolos-doctor"
	tries := []struct {
		action string
		try    func() error
	}{
		{"ec2:DescribeInstances", func() error {
			_, err := d.ec2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{DryRun: dry})
			return err
		}},
		{"ec2:DescribeVolumes", func() error {
			_, err := d.ec2.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{DryRun: dry})
			return err
		}},
		{"ec2:DescribeSecurityGroups", func() error {
			_, err := d.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{DryRun: dry})
			return err
		}},
	}
	for _, t := range tries {
		d.dryRun("permission "+t.action, t.action, t.try())
	}
	for _, p := range d.cfg.Profiles {
		if p.PlacementGroup.Strategy == "" {
			continue
		}
		_, err := d.ec2.CreatePlacementGroup(ctx, &ec2.CreatePlacementGroupInput{
			DryRun: dry, GroupName: aws.String(name), Strategy: types.PlacementStrategy(p.PlacementGroup.Strategy),
			TagSpecifications: []types.TagSpecification{tagged(types.ResourceTypePlacementGroup, d.deploymentTags(name, name, nil))},
		})
		d.dryRun("permission ec2:CreatePlacementGroup", "ec2:CreatePlacementGroup", err)
		return
	}
}
