package ec2

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// permissions tries every action that needs no profile, without doing it. Things
// that are acted upon are made up: AWS judges their IDs by form only, or says
// that there are none.
func (d *doctor) permissions(ctx context.Context) {
	dry := aws.Bool(true)
	const name = "aiolos-doctor"
	instances := []string{"i-0123456789abcdef0"}
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
		{"ec2:StartInstances", func() error {
			_, err := d.ec2.StartInstances(ctx, &ec2.StartInstancesInput{DryRun: dry, InstanceIds: instances})
			return err
		}},
		{"ec2:TerminateInstances", func() error {
			_, err := d.ec2.TerminateInstances(ctx, &ec2.TerminateInstancesInput{DryRun: dry, InstanceIds: instances})
			return err
		}},
		{"ec2:DeleteVolume", func() error {
			_, err := d.ec2.DeleteVolume(ctx, &ec2.DeleteVolumeInput{DryRun: dry, VolumeId: aws.String("vol-0123456789abcdef0")})
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
