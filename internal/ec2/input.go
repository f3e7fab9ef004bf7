package ec2

import (
	"cmp"
	"encoding/base64"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// maxUserData is how much user data an instance takes, in bytes before base64.
const maxUserData = 16 << 10

// checkImage refuses a data disk where the image has its root.
func (r *run) checkImage() error {
	for _, d := range r.Disks {
		if d.Device == aws.ToString(r.image.RootDeviceName) {
			return &SpecError{Node: r.Name, Field: "disks", Value: d.Device, Allowed: "another device: the image " + aws.ToString(r.image.ImageId) + " has its root there"}
		}
	}
	return nil
}

// input describes the node's instance, at a place. It is the same for every
// attempt, but for what the operator has changed in between.
func (p *Provider) input(r *run, at place) *ec2.RunInstancesInput {
	tags := p.nodeTags(r.deployment, r.NodeSpec)
	in := &ec2.RunInstancesInput{
		ImageId:             r.image.ImageId,
		InstanceType:        types.InstanceType(r.profile.InstanceType),
		MinCount:            aws.Int32(1),
		MaxCount:            aws.Int32(1),
		SubnetId:            aws.String(at.id),
		SecurityGroupIds:    at.groups,
		BlockDeviceMappings: r.mappings(),
		ClientToken:         aws.String(p.token(r)),
		// What a node itself shuts down, as by poweroff, can be started again.
		InstanceInitiatedShutdownBehavior: types.ShutdownBehaviorStop,
		MetadataOptions: &types.InstanceMetadataOptionsRequest{
			HttpEndpoint:            types.InstanceMetadataEndpointStateEnabled,
			HttpTokens:              types.HttpTokensStateRequired,
			HttpPutResponseHopLimit: aws.Int32(int32(cmp.Or(r.profile.HopLimit, 1))), //nolint:gosec // 1 to 64, which is checked
		},
		TagSpecifications: []types.TagSpecification{
			tagged(types.ResourceTypeInstance, tags), tagged(types.ResourceTypeVolume, tags), tagged(types.ResourceTypeNetworkInterface, tags),
		},
	}
	if len(r.UserData) > 0 {
		in.UserData = aws.String(base64.StdEncoding.EncodeToString(r.UserData))
	}
	if r.profile.AllowIMDSv1 {
		in.MetadataOptions.HttpTokens = types.HttpTokensStateOptional
	}
	if r.profile.KeyName != "" {
		in.KeyName = aws.String(r.profile.KeyName)
	}
	if role := r.profile.InstanceProfile; strings.HasPrefix(role, "arn:") {
		in.IamInstanceProfile = &types.IamInstanceProfileSpecification{Arn: aws.String(role)}
	} else if role != "" {
		in.IamInstanceProfile = &types.IamInstanceProfileSpecification{Name: aws.String(role)}
	}
	if r.placement != "" {
		in.Placement = &types.Placement{GroupName: aws.String(r.placement)}
	}
	if r.profile.Spot {
		in.TagSpecifications = append(in.TagSpecifications, tagged(types.ResourceTypeSpotInstancesRequest, tags))
		in.InstanceInitiatedShutdownBehavior = types.ShutdownBehaviorTerminate
		in.InstanceMarketOptions = &types.InstanceMarketOptionsRequest{MarketType: types.MarketTypeSpot, SpotOptions: &types.SpotMarketOptions{
			SpotInstanceType: types.SpotInstanceTypeOneTime, InstanceInterruptionBehavior: types.InstanceInterruptionBehaviorTerminate,
		}}
		if r.profile.SpotMaxPrice != "" {
			in.InstanceMarketOptions.SpotOptions.MaxPrice = aws.String(r.profile.SpotMaxPrice)
		}
	}
	return in
}

// mappings are the instance's volumes: the root as the image has it, but for
// what the profile changes, and the data disks. All go with the instance.
func (r *run) mappings() []types.BlockDeviceMapping {
	root := r.profile.Root
	for _, m := range r.image.BlockDeviceMappings {
		if m.Ebs != nil && aws.ToString(m.DeviceName) == aws.ToString(r.image.RootDeviceName) {
			root.SizeGiB = cmp.Or(root.SizeGiB, int(aws.ToInt32(m.Ebs.VolumeSize)))
		}
	}
	mappings := []types.BlockDeviceMapping{{DeviceName: r.image.RootDeviceName, Ebs: root.ebs()}}
	for _, d := range r.Disks {
		settings := r.profile.OtherVolumes
		for _, v := range r.profile.Volumes {
			if v.Device == d.Device {
				settings = v
			}
		}
		settings.SizeGiB, settings.Type = gibibytes(d.SizeGB), cmp.Or(settings.Type, string(types.VolumeTypeGp3))
		mappings = append(mappings, types.BlockDeviceMapping{DeviceName: aws.String(d.Device), Ebs: settings.ebs()})
	}
	return mappings
}

// ebs writes a volume as the API takes it; what is not set is left to EC2.
func (v Volume) ebs() *types.EbsBlockDevice {
	e := &types.EbsBlockDevice{DeleteOnTermination: aws.Bool(true), VolumeType: types.VolumeType(v.Type)}
	number := func(n int) *int32 {
		if n == 0 {
			return nil
		}
		return aws.Int32(int32(n)) //nolint:gosec // sizes and rates of volumes, whose bounds are checked
	}
	e.VolumeSize, e.Iops, e.Throughput = number(v.SizeGiB), number(v.IOPS), number(v.Throughput)
	if v.Encrypted {
		e.Encrypted = aws.Bool(true)
	}
	if v.KMSKey != "" {
		e.KmsKeyId = aws.String(v.KMSKey)
	}
	return e
}
