package ec2

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"aiolos/deploy"
)

// DevicePath is where a node on Nitro finds an EBS volume, whatever name it was
// attached by: udev makes the link from the serial number of the NVMe device
// (https://docs.aws.amazon.com/ebs/latest/userguide/nvme-ebs-volumes.html).
func DevicePath(volumeID string) string {
	return "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_" + strings.Replace(volumeID, "-", "", 1)
}

// xenPath is where a node on Xen finds it: as it was attached, but that the
// kernel calls all such disks xvd.
func xenPath(device string) string { return strings.Replace(device, "/dev/sd", "/dev/xvd", 1) }

// disksOf returns the disks that an instance was launched with, in the
// blueprint's order, with the devices that the node itself knows them by.
func disksOf(i types.Instance, tag string, kind types.InstanceTypeInfo) ([]deploy.Disk, error) {
	disks, err := decodeDisks(tag)
	var wrong *TagError
	if errors.As(err, &wrong) {
		wrong.Instance = aws.ToString(i.InstanceId)
		return nil, wrong
	}
	volumes := map[string]string{}
	for _, m := range i.BlockDeviceMappings {
		if m.Ebs != nil {
			volumes[aws.ToString(m.DeviceName)] = aws.ToString(m.Ebs.VolumeId)
		}
	}
	for k, d := range disks {
		switch volume, attached := volumes[d.Device]; {
		case kind.Hypervisor == types.InstanceTypeHypervisorXen:
			disks[k].Device = xenPath(d.Device)
		case attached:
			disks[k].Device = DevicePath(volume)
		}
	}
	return disks, nil
}

// instanceTypes tells of instance types what EC2 tells, by one call for those
// that have not been asked for before.
func (p *Provider) instanceTypes(ctx context.Context, wanted []types.InstanceType) (map[types.InstanceType]types.InstanceTypeInfo, error) {
	known := map[types.InstanceType]types.InstanceTypeInfo{}
	var missing []types.InstanceType
	p.mu.Lock()
	for _, t := range wanted {
		if info, ok := p.kinds[t]; ok {
			known[t] = info
		} else if !slices.Contains(missing, t) {
			missing = append(missing, t)
		}
	}
	p.mu.Unlock()
	if len(missing) == 0 {
		return known, nil
	}
	out, err := p.ec2.DescribeInstanceTypes(ctx, &ec2.DescribeInstanceTypesInput{InstanceTypes: missing})
	if err != nil {
		return nil, apiError("look up instance types", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, info := range out.InstanceTypes {
		p.kinds[info.InstanceType] = info
		known[info.InstanceType] = info
	}
	return known, nil
}
