package cloud

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// World is what an operator has in an account before anything is deployed.
type World struct {
	VPC string
	// Subnets are in different zones.
	Subnets []string
	// Image is the ID of one for x86_64. What it is called is nothing to what boots.
	Image string
}

// zones is how many subnets there are.
const zones = 3

// Prepare makes the world where it is missing: a VPC whose addresses are those of
// the machines' network, with a subnet in each zone.
func Prepare(ctx context.Context, client *ec2.Client, lab string, network netip.Prefix) (World, error) {
	var w World
	found, err := client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: []types.Filter{{Name: aws.String("tag:" + tagLab), Values: []string{lab}}}})
	if err != nil {
		return w, fmt.Errorf("look for the VPC: %w", err)
	}
	if len(found.Vpcs) > 0 {
		w.VPC = aws.ToString(found.Vpcs[0].VpcId)
	} else {
		made, err := client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String(network.String()), TagSpecifications: tags(types.ResourceTypeVpc, lab)})
		if err != nil {
			return w, fmt.Errorf("make a VPC of %s: %w", network, err)
		}
		w.VPC = aws.ToString(made.Vpc.VpcId)
	}
	if w.Subnets, err = subnets(ctx, client, w.VPC, network); err != nil {
		return w, err
	}
	w.Image, err = image(ctx, client)
	return w, err
}

func tags(kind types.ResourceType, lab string) []types.TagSpecification {
	return []types.TagSpecification{{ResourceType: kind, Tags: []types.Tag{{Key: aws.String(tagLab), Value: aws.String(lab)}}}}
}

// subnets are a quarter of the network each, but for the last quarter.
func subnets(ctx context.Context, client *ec2.Client, vpc string, network netip.Prefix) ([]string, error) {
	there, err := client.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: []types.Filter{{Name: aws.String("vpc-id"), Values: []string{vpc}}}})
	if err != nil {
		return nil, fmt.Errorf("look for subnets: %w", err)
	}
	byCIDR := map[string]string{}
	for _, s := range there.Subnets {
		byCIDR[aws.ToString(s.CidrBlock)] = aws.ToString(s.SubnetId)
	}
	var ids []string
	for i := range zones {
		cidr := quarter(network, i).String()
		if byCIDR[cidr] == "" {
			made, err := client.CreateSubnet(ctx, &ec2.CreateSubnetInput{
				VpcId: aws.String(vpc), CidrBlock: aws.String(cidr), AvailabilityZone: aws.String(Region + string(rune('a'+i))),
			})
			if err != nil {
				return nil, fmt.Errorf("make a subnet of %s: %w", cidr, err)
			}
			byCIDR[cidr] = aws.ToString(made.Subnet.SubnetId)
		}
		ids = append(ids, byCIDR[cidr])
	}
	return ids, nil
}

// quarter is the i-th of four parts of an IPv4 network.
func quarter(network netip.Prefix, i int) netip.Prefix {
	bits := network.Bits() + 2
	octets := network.Addr().As4()
	number := binary.BigEndian.Uint32(octets[:]) | uint32(i)<<(32-bits) //nolint:gosec // i is 0 to 3
	binary.BigEndian.PutUint32(octets[:], number)
	return netip.PrefixFrom(netip.AddrFrom4(octets), bits)
}

// image finds one of Amazon's images.
func image(ctx context.Context, client *ec2.Client) (string, error) {
	images, err := client.DescribeImages(ctx, &ec2.DescribeImagesInput{Owners: []string{"137112412989"}, Filters: []types.Filter{
		{Name: aws.String("architecture"), Values: []string{"x86_64"}},
	}})
	if err != nil {
		return "", fmt.Errorf("look for an image: %w", err)
	}
	if len(images.Images) == 0 {
		return "", errors.New("there is no image of Amazon's for x86_64")
	}
	return aws.ToString(images.Images[0].ImageId), nil
}
