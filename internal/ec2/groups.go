package ec2

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// madeName is the name of what is made for a deployment as a whole. That two
// groups cannot have one name keeps concurrent attempts from making two.
func (p *Provider) madeName(deployment string) string {
	return "aiolos-" + p.cfg.Worker + "-" + deployment
}

// securityGroups makes sure that the deployment has its own security group in
// each of the VPCs, with the rules that it needs, and returns their IDs by VPC.
func (p *Provider) securityGroups(ctx context.Context, deployment string, from map[string][]string, tags map[string]string) (map[string]string, error) {
	if len(from) == 0 {
		return nil, nil
	}
	there, err := p.madeSecurityGroups(ctx, deployment)
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for vpc, cidrs := range from {
		at := slices.IndexFunc(there, func(g types.SecurityGroup) bool { return aws.ToString(g.VpcId) == vpc })
		var group types.SecurityGroup
		if at >= 0 {
			group = there[at]
		} else if group, err = p.createSecurityGroup(ctx, deployment, vpc, tags); err != nil {
			return nil, err
		}
		if err := p.allow(ctx, group, cidrs); err != nil {
			return nil, err
		}
		ids[vpc] = aws.ToString(group.GroupId)
	}
	return ids, nil
}

// madeSecurityGroups lists those that were made for a deployment, or for any.
func (p *Provider) madeSecurityGroups(ctx context.Context, deployment string) ([]types.SecurityGroup, error) {
	var groups []types.SecurityGroup
	pages := ec2.NewDescribeSecurityGroupsPaginator(p.ec2, &ec2.DescribeSecurityGroupsInput{Filters: p.ours(deployment), MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, apiError("list security groups", err)
		}
		groups = append(groups, page.SecurityGroups...)
	}
	return groups, nil
}

func (p *Provider) createSecurityGroup(ctx context.Context, deployment, vpc string, tags map[string]string) (types.SecurityGroup, error) {
	name := p.madeName(deployment)
	made, err := p.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		GroupName: aws.String(name), VpcId: aws.String(vpc),
		Description:       aws.String("The nodes of the deployment " + deployment),
		TagSpecifications: []types.TagSpecification{tagged(types.ResourceTypeSecurityGroup, p.deploymentTags(deployment, name, tags))},
	})
	switch {
	case err == nil:
		return types.SecurityGroup{GroupId: made.GroupId, VpcId: aws.String(vpc)}, nil
	case !isCode(err, codeGroupDuplicate):
		return types.SecurityGroup{}, apiError("create the security group "+name, err)
	}
	// Another attempt was faster, or someone has one of that name.
	out, listErr := p.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{
		Filters: append(p.ours(deployment), filter("group-name", name), filter("vpc-id", vpc)),
	})
	if listErr != nil {
		return types.SecurityGroup{}, apiError("look up the security group "+name, listErr)
	}
	if len(out.SecurityGroups) == 0 {
		return types.SecurityGroup{}, &OthersError{What: "security group", Name: name}
	}
	return out.SecurityGroups[0], nil
}

// allow adds the rules that a group lacks: SSH from the networks given, and
// everything from its own members.
func (p *Provider) allow(ctx context.Context, group types.SecurityGroup, cidrs []string) error {
	id := aws.ToString(group.GroupId)
	var lacking []types.IpPermission
	members := func(perm types.IpPermission) bool {
		return aws.ToString(perm.IpProtocol) == "-1" && slices.ContainsFunc(perm.UserIdGroupPairs, func(g types.UserIdGroupPair) bool { return aws.ToString(g.GroupId) == id })
	}
	if !slices.ContainsFunc(group.IpPermissions, members) {
		lacking = append(lacking, types.IpPermission{IpProtocol: aws.String("-1"), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: aws.String(id)}}})
	}
	for _, cidr := range cidrs {
		if perm := sshFrom(cidr); !slices.ContainsFunc(group.IpPermissions, func(there types.IpPermission) bool { return covers(there, cidr) }) {
			lacking = append(lacking, perm)
		}
	}
	// One call for each, as a rule that is there already makes a call fail as a whole.
	for _, perm := range lacking {
		_, err := p.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: aws.String(id), IpPermissions: []types.IpPermission{perm}})
		if err != nil && !isCode(err, codeRuleDuplicate) {
			return apiError("add a rule to the security group "+id, err)
		}
	}
	return nil
}

const sshPort = 22

func sshFrom(cidr string) types.IpPermission {
	perm := types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(sshPort), ToPort: aws.Int32(sshPort)}
	if strings.Contains(cidr, ":") {
		perm.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: aws.String(cidr), Description: aws.String("SSH from the worker")}}
	} else {
		perm.IpRanges = []types.IpRange{{CidrIp: aws.String(cidr), Description: aws.String("SSH from the worker")}}
	}
	return perm
}

// covers says whether a rule lets in SSH from that very network.
func covers(perm types.IpPermission, cidr string) bool {
	return aws.ToString(perm.IpProtocol) == "tcp" && aws.ToInt32(perm.FromPort) == sshPort && aws.ToInt32(perm.ToPort) == sshPort &&
		(slices.ContainsFunc(perm.IpRanges, func(r types.IpRange) bool { return aws.ToString(r.CidrIp) == cidr }) ||
			slices.ContainsFunc(perm.Ipv6Ranges, func(r types.Ipv6Range) bool { return aws.ToString(r.CidrIpv6) == cidr }))
}

// deleteSecurityGroups deletes those that are meant, of what was made for a
// deployment.
func (p *Provider) deleteSecurityGroups(ctx context.Context, deployment string, meant func(id string) bool) error {
	groups, err := p.madeSecurityGroups(ctx, deployment)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if !meant(aws.ToString(g.GroupId)) {
			continue
		}
		_, err := p.ec2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: g.GroupId})
		if err != nil && !isCode(err, codeNoSuchGroup) {
			return apiError("delete the security group "+aws.ToString(g.GroupId), err)
		}
	}
	return nil
}
