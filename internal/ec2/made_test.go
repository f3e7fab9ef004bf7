package ec2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/ec2"
	"aiolos/internal/ec2/ec2test"
)

func spread(p *ec2.Profile, _ ec2test.World) { p.PlacementGroup.Strategy = "spread" }

func TestSecurityGroup(t *testing.T) {
	a := newAccount(t, profile(spread))
	ctx := t.Context()
	_, err := a.Launch(ctx, "demo", a.nodes(2))
	require.NoError(t, err)
	made := a.made(t)
	require.Len(t, made, 1)
	require.Equal(t, "aiolos-tests-demo", aws.ToString(made[0].GroupName))
	require.Len(t, made[0].IpPermissions, 2)
	for _, i := range a.cloud.Instances(t, nil) {
		require.Equal(t, made[0].GroupId, i.SecurityGroups[0].GroupId)
	}
	for _, rule := range made[0].IpPermissions {
		if aws.ToString(rule.IpProtocol) == "-1" {
			require.Equal(t, made[0].GroupId, rule.UserIdGroupPairs[0].GroupId)
			continue
		}
		require.Equal(t, "10.1.0.0/16", aws.ToString(rule.IpRanges[0].CidrIp))
		require.EqualValues(t, 22, aws.ToInt32(rule.FromPort))
	}

	// A rule that is lacking is added with the next node; what is there stays.
	_, err = a.cloud.Client().RevokeSecurityGroupIngress(ctx, &sdk.RevokeSecurityGroupIngressInput{GroupId: made[0].GroupId, IpPermissions: made[0].IpPermissions[:1]})
	require.NoError(t, err)
	a.cloud.Reset()
	_, err = a.Launch(ctx, "demo", a.nodes(3))
	require.NoError(t, err)
	require.Len(t, a.made(t)[0].IpPermissions, 2)
	require.Equal(t, 1, a.cloud.Calls()["ec2:AuthorizeSecurityGroupIngress"])
	require.Zero(t, a.cloud.Calls()["ec2:CreateSecurityGroup"])

	// It goes with the last node, as does the placement group.
	_, err = a.Terminate(ctx, "demo", []string{"storage-0", "storage-1"})
	require.NoError(t, err)
	require.Len(t, a.made(t), 1)
	all, err := a.Belongings(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"aiolos-tests-demo-spread"}, ids(all, "placement group"))
	require.Len(t, ids(all, "security group"), 1)
	require.Len(t, ids(all, "instance"), 1)
	require.Len(t, ids(all, "volume"), 2)
	for _, b := range all {
		require.Equal(t, "demo", b.Deployment)
		costs := b.Kind == "instance" || b.Kind == "volume"
		require.Equal(t, costs, b.Billed, "%+v", b)
		require.Equal(t, costs, b.Node == "storage-2", "%+v", b)
		require.Equal(t, costs, !b.Made.IsZero(), "%+v", b)
	}
	_, err = a.Terminate(ctx, "demo", []string{"storage-2"})
	require.NoError(t, err)
	all, err = a.Belongings(ctx)
	require.NoError(t, err)
	require.Empty(t, all)
}

// ids are those of one kind.
func ids(all []deploy.Belonging, kind string) []string {
	var found []string
	for _, b := range all {
		if b.Kind == kind {
			found = append(found, b.ID)
		}
	}
	return found
}

// made lists the security groups with the worker's tag.
func (a *account) made(t *testing.T) []types.SecurityGroup {
	out, err := a.cloud.Client().DescribeSecurityGroups(t.Context(), &sdk.DescribeSecurityGroupsInput{Filters: []types.Filter{{Name: aws.String("tag:aiolos:worker"), Values: []string{worker}}}})
	require.NoError(t, err)
	return out.SecurityGroups
}

// Someone else's group of that name is left alone, and told of.
func TestSecurityGroupOfSomeoneElse(t *testing.T) {
	a := newAccount(t)
	_, err := a.cloud.Client().CreateSecurityGroup(t.Context(), &sdk.CreateSecurityGroupInput{GroupName: aws.String("aiolos-tests-demo"), Description: aws.String("x"), VpcId: a.world.Subnets[0].VpcId})
	require.NoError(t, err)
	_, err = a.Launch(t.Context(), "demo", a.nodes(1))
	var others *ec2.OthersError
	require.ErrorAs(t, err, &others)
	require.Equal(t, "aiolos-tests-demo", others.Name)
	require.Zero(t, a.count(t))
}

// Workers of different names touch nothing of each other's.
func TestWorkersApart(t *testing.T) {
	a := newAccount(t)
	_, err := a.Launch(t.Context(), "demo", a.nodes(1))
	require.NoError(t, err)
	a.cfg.Worker = "other"
	other := a.provider(t)
	found, err := other.Find(t.Context(), "demo")
	require.NoError(t, err)
	require.Empty(t, found)
	removed, err := other.Terminate(t.Context(), "demo", nil)
	require.NoError(t, err)
	require.Empty(t, removed)
	launched, err := other.Launch(t.Context(), "demo", a.nodes(1))
	require.NoError(t, err)
	require.True(t, launched[0].Launched)
	require.Equal(t, 2, a.count(t))
	all, err := other.Belongings(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{launched[0].ID}, ids(all, "instance"))
}

// Disks go with their nodes, even when someone has detached them; but not one
// that serves elsewhere now.
func TestVolumes(t *testing.T) {
	a := newAccount(t)
	ctx, client := t.Context(), a.cloud.Client()
	launched, err := a.Launch(ctx, "demo", a.nodes(3))
	require.NoError(t, err)
	foreign, err := client.RunInstances(ctx, &sdk.RunInstancesInput{ImageId: aws.String(a.world.Image), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), SubnetId: a.world.Subnets[0].SubnetId})
	require.NoError(t, err)
	detach := func(node string) (volume *string) {
		var from *string
		for _, i := range a.cloud.Instances(t, map[string]string{"aiolos:node": node}) {
			for _, m := range i.BlockDeviceMappings {
				if aws.ToString(m.DeviceName) == "/dev/xvdj" {
					volume, from = m.Ebs.VolumeId, i.InstanceId
				}
			}
		}
		_, err := client.DetachVolume(ctx, &sdk.DetachVolumeInput{VolumeId: volume, InstanceId: from, Device: aws.String("/dev/xvdj")})
		require.NoError(t, err)
		return volume
	}
	kept := detach("storage-0")
	_, err = client.AttachVolume(ctx, &sdk.AttachVolumeInput{VolumeId: kept, InstanceId: foreign.Instances[0].InstanceId, Device: aws.String("/dev/xvdz")})
	require.NoError(t, err)
	detach("storage-1")
	detach("storage-2")

	removed, err := a.Terminate(ctx, "demo", []string{"storage-0", "storage-1"})
	require.NoError(t, err)
	require.Equal(t, []string{"storage-0", "storage-1"}, removed)
	all, err := a.Belongings(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{launched[2].ID}, ids(all, "instance"))
	require.Len(t, ids(all, "volume"), 3, "the root and the detached disk of storage-2, and the one that serves elsewhere")
	require.Contains(t, ids(all, "volume"), aws.ToString(kept))

	// What is left of a node whose instance is gone is removed, and told.
	_, err = client.TerminateInstances(ctx, &sdk.TerminateInstancesInput{InstanceIds: []string{launched[2].ID}})
	require.NoError(t, err)
	removed, err = a.Terminate(ctx, "demo", nil)
	require.NoError(t, err)
	require.Equal(t, []string{"storage-2"}, removed)
}

// The nodes of a replica set are in different zones.
func TestZones(t *testing.T) {
	a := newAccount(t)
	nodes := a.nodes(6)
	_, err := a.Launch(t.Context(), "demo", nodes)
	require.NoError(t, err)
	zones := map[string]string{}
	for _, i := range a.cloud.Instances(t, nil) {
		for _, tag := range i.Tags {
			if aws.ToString(tag.Key) == "aiolos:node" {
				zones[aws.ToString(tag.Value)] = aws.ToString(i.Placement.AvailabilityZone)
			}
		}
	}
	for _, set := range [][]string{{"storage-0", "storage-1", "storage-2"}, {"storage-3", "storage-4", "storage-5"}} {
		different := map[string]bool{}
		for _, node := range set {
			different[zones[node]] = true
		}
		require.Len(t, different, 3, "%v of %v", set, zones)
	}
}
