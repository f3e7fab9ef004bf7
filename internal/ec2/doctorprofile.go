package ec2

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"aiolos/deploy"
)

// profile looks at all that a hardware profile names.
func (d *doctor) profile(ctx context.Context, name string, p Profile) {
	name = "profile " + name
	kinds, err := d.instanceTypes(ctx, []types.InstanceType{types.InstanceType(p.InstanceType)})
	kind, known := kinds[types.InstanceType(p.InstanceType)]
	if err != nil || !known {
		if err == nil {
			err = &LookupError{What: "instance type", Name: p.InstanceType, Hint: "the region " + d.cfg.Region + " does not have it"}
		}
		d.add(problem(name+": instance type", err, "name an instance type of the region"))
		return
	}
	d.ok(name+": instance type", "%s", describeType(kind))
	images, err := d.images(ctx, []Image{p.Image})
	if err != nil {
		d.add(problem(name+": image", err, "name an image of the region "+d.cfg.Region))
		return
	}
	d.image(name+": image", images[p.Image], kind)
	subnets, err := d.subnets(ctx, p.Subnets)
	if err != nil {
		d.add(problem(name+": subnets", err, "name subnets of the region "+d.cfg.Region))
		return
	}
	at := d.network(name+": subnets", p, subnets)
	d.launch(ctx, name+": launch", p, images[p.Image], place{subnet: at, groups: p.SecurityGroups})
	if len(p.SSHFrom) > 0 {
		_, err := d.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
			DryRun: aws.Bool(true), GroupName: aws.String("aiolos-doctor"), Description: aws.String("never made"), VpcId: aws.String(at.vpc),
			TagSpecifications: []types.TagSpecification{tagged(types.ResourceTypeSecurityGroup, d.deploymentTags("aiolos-doctor", "aiolos-doctor", p.Tags))},
		})
		d.dryRun(name+": security group", "ec2:CreateSecurityGroup", err)
	}
	d.quota(ctx, name+": quota", p, kind)
}

func (d *doctor) image(name string, image types.Image, kind types.InstanceTypeInfo) {
	c := deploy.Fine(name, "%s", describeImage(image))
	var runs []types.ArchitectureType
	if kind.ProcessorInfo != nil {
		runs = kind.ProcessorInfo.SupportedArchitectures
	}
	switch {
	case image.State != types.ImageStateAvailable:
		c.Verdict, c.Advice = deploy.VerdictFailed, "name an image that is available"
	case len(runs) > 0 && !slices.Contains(runs, types.ArchitectureType(image.Architecture)):
		c.Verdict, c.Advice = deploy.VerdictFailed, fmt.Sprintf("name an image for %v, which %s runs, or another instance type", runs, kind.InstanceType)
	case image.RootDeviceType == types.DeviceTypeInstanceStore:
		c.Verdict, c.Advice = deploy.VerdictFailed, "name an image whose root is an EBS volume"
	}
	d.add(c)
}

// network looks at the profile's subnets, and returns the first.
func (d *doctor) network(name string, p Profile, found map[string]subnet) subnet {
	var of []subnet
	var words []string
	c := deploy.Fine(name, "")
	for _, id := range p.Subnets {
		s := found[id]
		of = append(of, s)
		words = append(words, fmt.Sprintf("%s in %s with %d addresses free", id, s.zone, s.free))
		switch {
		case s.vpc != of[0].vpc:
			c.Verdict, c.Advice = deploy.VerdictFailed, "name subnets of one VPC: nodes of a deployment have to reach each other"
		case s.free == 0 && c.Verdict == deploy.VerdictOK:
			c.Verdict, c.Advice = deploy.VerdictFailed, "free addresses in "+id+", or take it out of the profile"
		}
	}
	c.Found = fmt.Sprintf("%d zones: %s", len(byZone(of)), strings.Join(words, ", "))
	if c.Verdict == deploy.VerdictOK && len(byZone(of)) > 1 && p.PlacementGroup.Strategy == "cluster" {
		c.Verdict, c.Advice = deploy.VerdictFailed, "name subnets of one zone, as a placement group of strategy cluster does not go beyond one"
	}
	d.add(c)
	return of[0]
}

// launch asks EC2 to check a launch as it would be made: permission, security
// groups, key pair, instance profile, volumes.
func (d *doctor) launch(ctx context.Context, name string, p Profile, image types.Image, at place) {
	r := &run{profile: p, image: image, deployment: "aiolos-doctor", placement: p.PlacementGroup.Name}
	r.NodeSpec = deploy.NodeSpec{Name: "doctor-0", Group: "doctor", Hostname: "aiolos-doctor-doctor-0"}
	for _, v := range p.Volumes {
		r.Disks = append(r.Disks, deploy.Disk{Device: v.Device, SizeGB: gigabytes(v.SizeGiB)})
	}
	in := d.input(r, at)
	in.DryRun = aws.Bool(true)
	_, err := d.ec2.RunInstances(ctx, in)
	d.dryRun(name, "ec2:RunInstances", err)
}

func describeImage(i types.Image) string {
	return fmt.Sprintf("%s (%s), %s, made %s", aws.ToString(i.ImageId), aws.ToString(i.Name), i.Architecture, aws.ToString(i.CreationDate))
}

func describeType(t types.InstanceTypeInfo) string {
	return fmt.Sprintf("%s: %d vCPUs, hypervisor %s", t.InstanceType, vcpus(t), t.Hypervisor)
}

func vcpus(t types.InstanceTypeInfo) int {
	if t.VCpuInfo == nil {
		return 0
	}
	return int(aws.ToInt32(t.VCpuInfo.DefaultVCpus))
}
