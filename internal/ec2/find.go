package ec2

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"aiolos/deploy"
)

// Find returns the deployment's machines that run or are about to, by group and
// index. A stopped one is none: nothing answers there. Launch starts it again,
// and Terminate removes it all the same.
func (p *Provider) Find(ctx context.Context, deployment string) ([]deploy.Instance, error) {
	if err := checkName("deployment", deployment); err != nil {
		return nil, err
	}
	found, err := p.machines(ctx, deployment, awake)
	if err != nil {
		return nil, err
	}
	var nodes []types.Instance
	for _, of := range found.live {
		nodes = append(nodes, of[0])
	}
	instances, err := p.instances(ctx, nodes)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(instances, func(a, b deploy.Instance) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Index, b.Index))
	})
	return instances, nil
}

// instances reads what nodes are from their instances' tags.
func (p *Provider) instances(ctx context.Context, nodes []types.Instance) ([]deploy.Instance, error) {
	var kinds []types.InstanceType
	for _, i := range nodes {
		if len(tagMap(i.Tags)[tagDisks]) > 0 {
			kinds = append(kinds, i.InstanceType)
		}
	}
	known, err := p.instanceTypes(ctx, kinds)
	if err != nil {
		return nil, err
	}
	instances := make([]deploy.Instance, len(nodes))
	for k, i := range nodes {
		if instances[k], err = p.instance(i, known[i.InstanceType]); err != nil {
			return nil, err
		}
	}
	return instances, nil
}

func (p *Provider) instance(i types.Instance, kind types.InstanceTypeInfo) (deploy.Instance, error) {
	tags, id := tagMap(i.Tags), aws.ToString(i.InstanceId)
	index, err := strconv.Atoi(tags[tagIndex])
	if err != nil || index < 0 {
		return deploy.Instance{}, &TagError{Instance: id, Key: tagIndex, Value: tags[tagIndex], Allowed: "0 and above"}
	}
	disks, err := disksOf(i, tags[tagDisks], kind)
	if err != nil {
		return deploy.Instance{}, err
	}
	return deploy.Instance{
		Node: tags[tagNode], Group: tags[tagGroup], Index: index, ID: id, Address: p.address(i),
		// The VPC's own name server knows this one. Where the VPC has its DNS host
		// names turned off there is none, and the address has to do.
		Hostname: cmp.Or(aws.ToString(i.PrivateDnsName), aws.ToString(i.PrivateIpAddress)),
		Disks:    disks,
	}, nil
}

// address is where the worker reaches an instance; empty as long as it has none.
func (p *Provider) address(i types.Instance) string {
	if p.cfg.PublicAddresses {
		return aws.ToString(i.PublicIpAddress)
	}
	return aws.ToString(i.PrivateIpAddress)
}
