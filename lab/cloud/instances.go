package cloud

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"aiolos/deploy"
	provider "aiolos/internal/ec2"
)

// live lists the instances that are powered on.
func (b *Booter) live(ctx context.Context) (map[string]types.Instance, error) {
	pages := ec2.NewDescribeInstancesPaginator(b.cfg.EC2, &ec2.DescribeInstancesInput{
		MaxResults: aws.Int32(1000),
		Filters: []types.Filter{
			{Name: aws.String("instance-state-name"), Values: []string{"pending", "running"}},
			{Name: aws.String("vpc-id"), Values: []string{b.cfg.VPC}},
		},
	})
	all := map[string]types.Instance{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list instances: %w", err)
		}
		for _, r := range page.Reservations {
			for _, i := range r.Instances {
				all[aws.ToString(i.InstanceId)] = i
			}
		}
	}
	return all, nil
}

// machine is what has to boot for an instance.
type machine struct {
	launch deploy.Launch
	// address, names and links are what its surroundings know of it.
	address netip.Addr
	names   []string
	links   map[string]string
}

// machineOf asks what an instance is made of.
func (b *Booter) machineOf(ctx context.Context, i types.Instance) (machine, error) {
	id := aws.ToString(i.InstanceId)
	address, err := netip.ParseAddr(aws.ToString(i.PrivateIpAddress))
	if err != nil {
		return machine{}, fmt.Errorf("instance %s: %w", id, err)
	}
	attribute, err := b.cfg.EC2.DescribeInstanceAttribute(ctx, &ec2.DescribeInstanceAttributeInput{
		InstanceId: aws.String(id), Attribute: types.InstanceAttributeNameUserData,
	})
	if err != nil {
		return machine{}, fmt.Errorf("user data of %s: %w", id, err)
	}
	var userData []byte
	if attribute.UserData != nil {
		if userData, err = base64.StdEncoding.DecodeString(aws.ToString(attribute.UserData.Value)); err != nil {
			return machine{}, fmt.Errorf("user data of %s: %w", id, err)
		}
	}
	m := machine{address: address, names: []string{aws.ToString(i.PrivateDnsName)}, links: map[string]string{}}
	m.launch = deploy.Launch{UserData: userData, NodeSpec: deploy.NodeSpec{
		Name: id, Group: "instance", Hostname: shortName(aws.ToString(i.PrivateDnsName)), Profile: profile,
	}}
	return m, b.attach(ctx, i, &m)
}

// attach gives a machine its volumes, as an instance on Nitro has them: whatever
// name they were attached by, they are NVMe devices, and a link tells them by the
// volume's ID (https://docs.aws.amazon.com/ebs/latest/userguide/nvme-ebs-volumes.html).
func (b *Booter) attach(ctx context.Context, i types.Instance, m *machine) error {
	var ids []string
	for _, at := range i.BlockDeviceMappings {
		if at.Ebs != nil && aws.ToString(at.DeviceName) != aws.ToString(i.RootDeviceName) {
			ids = append(ids, aws.ToString(at.Ebs.VolumeId))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	volumes, err := b.cfg.EC2.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{VolumeIds: ids})
	if err != nil {
		return fmt.Errorf("volumes of %s: %w", aws.ToString(i.InstanceId), err)
	}
	sizes := map[string]int32{}
	for _, v := range volumes.Volumes {
		sizes[aws.ToString(v.VolumeId)] = aws.ToInt32(v.Size)
	}
	for k, id := range ids {
		device := fmt.Sprintf("/dev/nvme%dn1", k+1)
		m.launch.Disks = append(m.launch.Disks, deploy.Disk{Device: device, SizeGB: max(1, int(int64(sizes[id])<<30/1e9))})
		m.links[provider.DevicePath(id)] = device
	}
	return nil
}
