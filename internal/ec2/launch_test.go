package ec2_test

import (
	"bytes"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/ec2"
	"aiolos/internal/ec2/ec2test"
)

// nodes are nodes with a disk each.
func (a *account) nodes(count int) []deploy.Launch {
	f := a.fixture()
	f.Disks = f.Disks[:1]
	return f.Nodes("demo", "storage", count)
}

func (a *account) count(t *testing.T) int {
	return len(a.cloud.Instances(t, map[string]string{"aiolos:deployment": "demo"}))
}

// profile changes the profile "small".
func profile(change func(*ec2.Profile, ec2test.World)) func(*ec2.Config, ec2test.World) {
	return func(c *ec2.Config, w ec2test.World) {
		p := c.Profiles["small"]
		change(&p, w)
		c.Profiles["small"] = p
	}
}

func attempts(n int) func(*ec2.Config, ec2test.World) {
	return func(c *ec2.Config, _ ec2test.World) { c.MaxAttempts = n }
}

func TestNoCapacity(t *testing.T) {
	a := newAccount(t)
	first := a.cfg.Profiles["small"].Subnets[0]
	full := ec2test.Refused("ec2:RunInstances", "InsufficientInstanceCapacity", "We currently do not have sufficient t3.micro capacity.")
	full.Times, full.Match = -1, func(form url.Values) bool { return form.Get("SubnetId") == first }
	a.cloud.Inject(full)
	launched, err := a.Launch(t.Context(), "demo", a.nodes(3))
	require.NoError(t, err)
	require.Len(t, launched, 3)
	for _, i := range a.cloud.Instances(t, map[string]string{"aiolos:deployment": "demo"}) {
		require.NotEqual(t, first, aws.ToString(i.SubnetId))
	}

	// Full everywhere: the error shows what AWS said of each.
	full.Match = nil
	_, err = a.Launch(t.Context(), "demo", a.nodes(4))
	var short *ec2.CapacityError
	require.ErrorAs(t, err, &short)
	require.Equal(t, "storage-3", short.Node)
	require.Equal(t, deploy.KindLaunch, short.Kind())
	require.True(t, short.Temporary())
	require.Len(t, short.Evidence(), 3)
	for i, line := range short.Evidence() {
		require.Contains(t, line, "sufficient t3.micro capacity")
		require.Contains(t, line, a.cfg.Profiles["small"].Subnets[i])
	}
	require.Equal(t, 3, a.count(t))

	// A type that is sold in no zone will not be a minute later, either.
	a.cloud.Heal()
	unsold := ec2test.Refused("ec2:RunInstances", "Unsupported", "Not supported in your requested Availability Zone.")
	unsold.Times = -1
	a.cloud.Inject(unsold)
	_, err = a.Launch(t.Context(), "demo", a.nodes(4))
	require.ErrorAs(t, err, &short)
	require.False(t, short.Temporary())

	// Where zones were asked for, a node keeps to its own.
	spec := a.nodes(4)[3:]
	spec[0].Zones, spec[0].Zone = 3, 0
	a.cloud.Heal()
	a.cloud.Inject(full)
	_, err = a.Launch(t.Context(), "demo", spec)
	require.ErrorAs(t, err, &short)
	require.Len(t, short.Tries, 1)
	require.Equal(t, first, short.Tries[0].Subnet)
}

// What fails for good is not tried for hundreds of nodes.
func TestRefusedForGood(t *testing.T) {
	for code, hint := range map[string]string{"UnauthorizedOperation": "docs/iam-policy.json", "VcpuLimitExceeded": "higher quota", "InvalidParameterValue": "EC2: launch"} {
		a := newAccount(t)
		refused := ec2test.Refused("ec2:RunInstances", code, "No.")
		refused.Times = -1
		a.cloud.Inject(refused)
		_, err := a.Launch(t.Context(), "demo", a.nodes(30))
		var failed *ec2.APIError
		require.ErrorAs(t, err, &failed)
		require.False(t, failed.Temporary())
		require.Equal(t, []string{code + ": No. (request 00000000-0000-4000-8000-000000000000)"}, failed.Evidence())
		require.ErrorContains(t, err, hint)
		require.LessOrEqual(t, a.cloud.Calls()["ec2:RunInstances"], 5)
	}
}

func TestThrottled(t *testing.T) {
	a := newAccount(t, attempts(4))
	a.cloud.Inject(ec2test.Throttled("ec2:RunInstances"))
	_, err := a.Launch(t.Context(), "demo", a.nodes(2))
	require.NoError(t, err)
	require.Equal(t, 3, a.cloud.Calls()["ec2:RunInstances"])
	require.Equal(t, 2, a.count(t))
}

// The SDK repeats a launch whose answer was lost, and so does the next attempt.
func TestAnswersLost(t *testing.T) {
	for _, tries := range []int{1, 3} {
		a := newAccount(t, attempts(tries))
		lost := ec2test.Lost("ec2:RunInstances")
		lost.Times = 2
		a.cloud.Inject(lost, &ec2test.Fault{Action: "ec2:DescribeInstances", Times: 3, Rewrite: empty})
		_, err := a.Launch(t.Context(), "demo", a.nodes(3))
		if tries == 1 {
			var failed *ec2.APIError
			require.ErrorAs(t, err, &failed)
			require.True(t, failed.Temporary())
			_, err = a.Launch(t.Context(), "demo", a.nodes(3))
		}
		require.NoError(t, err)
		require.Equal(t, 3, a.count(t))
	}
}

var reservations = regexp.MustCompile(`(?s)<reservationSet>.*</reservationSet>`)

// empty is a list that lags behind.
func empty(body []byte) []byte { return reservations.ReplaceAll(body, []byte("<reservationSet/>")) }

// An attempt whose answer was lost has launched a node, lists do not show it yet,
// and the image has changed since: the node is the one that is there.
func TestLaunchedWithOtherParameters(t *testing.T) {
	a := newAccount(t)
	_, err := a.Launch(t.Context(), "demo", a.nodes(2))
	require.NoError(t, err)
	want := a.cloud.Instances(t, nil)
	profile(func(p *ec2.Profile, _ ec2test.World) { p.KeyName, p.HopLimit = "", 2 })(&a.cfg, a.world)
	a.cloud.Inject(&ec2test.Fault{Action: "ec2:DescribeInstances", Times: 2, Rewrite: empty})
	got, err := a.provider(t).Launch(t.Context(), "demo", a.nodes(2))
	require.NoError(t, err)
	require.Len(t, want, 2)
	require.Equal(t, 2, a.count(t))
	require.ElementsMatch(t, []string{aws.ToString(want[0].InstanceId), aws.ToString(want[1].InstanceId)}, []string{got[0].ID, got[1].ID})
	require.False(t, got[0].Launched, "another attempt did")
}

// EC2 remembers tokens of instances that it has long ceased to list.
func TestTokensOfForgottenInstances(t *testing.T) {
	for _, changed := range []bool{false, true} {
		a := newAccount(t)
		ctx := t.Context()
		before, err := a.Launch(ctx, "demo", a.nodes(1))
		require.NoError(t, err)
		_, err = a.Terminate(ctx, "demo", nil)
		require.NoError(t, err)
		_, err = a.cloud.Client().DeleteTags(ctx, &sdk.DeleteTagsInput{Resources: []string{before[0].ID}, Tags: []types.Tag{{Key: aws.String("aiolos:deployment")}}})
		require.NoError(t, err)
		if changed {
			profile(func(p *ec2.Profile, _ ec2test.World) { p.HopLimit = 2 })(&a.cfg, a.world)
		}
		after, err := a.provider(t).Launch(ctx, "demo", a.nodes(1))
		require.NoError(t, err)
		require.True(t, after[0].Launched)
		require.NotEqual(t, before[0].ID, after[0].ID)
		require.Equal(t, 1, a.count(t))
	}
}

// EC2's lists lag behind, and instances do not run at once.
func TestListsThatLag(t *testing.T) {
	a := newAccount(t)
	pending := func(body []byte) []byte {
		return bytes.ReplaceAll(body, []byte("<name>running</name>"), []byte("<name>pending</name>"))
	}
	a.cloud.Inject(
		&ec2test.Fault{Action: "ec2:DescribeInstances", Times: 4, Rewrite: empty},
		&ec2test.Fault{Action: "ec2:DescribeInstances", Times: 3, Rewrite: pending},
	)
	_, err := a.Launch(t.Context(), "demo", a.nodes(3))
	require.NoError(t, err)
	require.Equal(t, 8, a.cloud.Calls()["ec2:DescribeInstances"])
	require.Equal(t, 3, a.cloud.Calls()["ec2:RunInstances"])

	// An instance that hangs is named.
	a.cloud.Inject(&ec2test.Fault{Action: "ec2:DescribeInstances", Times: -1, Rewrite: pending})
	_, err = a.Launch(t.Context(), "demo", a.nodes(3))
	var failed *ec2.LaunchError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "pending", failed.State)
	require.True(t, failed.Temporary())
	require.ErrorContains(t, err, "is still pending after 1s")
	a.cloud.Heal()

	// So is one that is confirmed and never listed.
	a.cloud.Inject(&ec2test.Fault{Action: "ec2:DescribeInstances", Times: -1, Rewrite: empty})
	_, err = a.Launch(t.Context(), "other", a.fixture().Nodes("other", "storage", 1))
	require.ErrorAs(t, err, &failed)
	require.ErrorContains(t, err, "is in no list")
}

func TestInstanceThatDies(t *testing.T) {
	for code, temporary := range map[string]bool{"Client.InvalidKMSKey.InvalidState": false, "Server.InternalError": true} {
		a := newAccount(t)
		dead := func(body []byte) []byte {
			body = bytes.ReplaceAll(body, []byte("<name>running</name>"), []byte("<name>terminated</name>"))
			return regexp.MustCompile(`(?s)<stateReason */>|<stateReason>.*?</stateReason>`).ReplaceAll(body, []byte("<stateReason><code>"+code+"</code><message>"+code+": the key is disabled</message></stateReason>"))
		}
		a.cloud.Inject(&ec2test.Fault{Action: "ec2:DescribeInstances", Times: -1, Rewrite: dead})
		_, err := a.Launch(t.Context(), "demo", a.nodes(1))
		var failed *ec2.LaunchError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, temporary, failed.Temporary(), code)
		require.Equal(t, []string{code + ": the key is disabled"}, failed.Evidence())
		require.ErrorContains(t, err, "launch storage-0: instance "+failed.Instance+" is terminated instead of running")
	}
}

func TestStoppedNodesAreStarted(t *testing.T) {
	a := newAccount(t)
	ctx := t.Context()
	before, err := a.Launch(ctx, "demo", a.nodes(3))
	require.NoError(t, err)
	_, err = a.cloud.Client().StopInstances(ctx, &sdk.StopInstancesInput{InstanceIds: []string{before[0].ID, before[2].ID}})
	require.NoError(t, err)
	found, err := a.Find(ctx, "demo")
	require.NoError(t, err)
	require.Len(t, found, 1)
	after, err := a.Launch(ctx, "demo", a.nodes(3))
	require.NoError(t, err)
	for i := range after {
		require.Equal(t, before[i].AsNode(), after[i].AsNode())
		require.False(t, after[i].Launched)
	}
	require.Equal(t, 1, a.cloud.Calls()["ec2:StartInstances"])
}

// Attempts that ran into different zones have launched a node twice: one stays.
// A copy that someone made by hand is nobody's business.
func TestSurplus(t *testing.T) {
	a := newAccount(t)
	ctx := t.Context()
	before, err := a.Launch(ctx, "demo", a.nodes(1))
	require.NoError(t, err)
	tags := a.cloud.Instances(t, nil)[0].Tags
	var copies []string
	for _, token := range []string{"aiolos-surplus", "by-hand"} {
		out, err := a.cloud.Client().RunInstances(ctx, &sdk.RunInstancesInput{
			ImageId: aws.String(a.world.Image), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), ClientToken: aws.String(token), SubnetId: a.world.Subnets[1].SubnetId,
			TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: tags}},
		})
		require.NoError(t, err)
		copies = append(copies, aws.ToString(out.Instances[0].InstanceId))
	}
	after, err := a.Launch(ctx, "demo", a.nodes(1))
	require.NoError(t, err)
	// EC2 counts time in seconds, so that either may be the older one.
	require.Contains(t, []string{before[0].ID, copies[0]}, after[0].ID)
	var left []string
	for _, i := range a.cloud.Instances(t, nil) {
		left = append(left, aws.ToString(i.InstanceId))
	}
	require.ElementsMatch(t, []string{after[0].ID, copies[1]}, left)
}

func TestDisksByTheirOwnNames(t *testing.T) {
	a := newAccount(t, func(c *ec2.Config, w ec2test.World) {
		old := c.Profiles["small"]
		old.InstanceType = "t2.micro" // Xen
		c.Profiles["old"] = old
	})
	require.Equal(t, []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 147}}, a.Disks()["small"])
	nodes := a.nodes(2)
	nodes[1].Profile, nodes[1].Disks = "old", []deploy.Disk{{Device: "/dev/sdf", SizeGB: 2}}
	launched, err := a.Launch(t.Context(), "demo", nodes)
	require.NoError(t, err)
	require.Equal(t, []deploy.Disk{{Device: "/dev/xvdf", SizeGB: 2}}, launched[1].Disks)
	for _, i := range a.cloud.Instances(t, map[string]string{"aiolos:node": "storage-0"}) {
		for _, m := range i.BlockDeviceMappings {
			if aws.ToString(m.DeviceName) == "/dev/xvdj" {
				require.Equal(t, []deploy.Disk{{Device: ec2.DevicePath(aws.ToString(m.Ebs.VolumeId)), SizeGB: 147}}, launched[0].Disks)
			}
		}
	}
	require.True(t, strings.HasPrefix(launched[0].Disks[0].Device, "/dev/disk/by-id/"))
}

// Tags that someone has changed are told, with the instance's ID.
func TestTagsChanged(t *testing.T) {
	for key, value := range map[string]string{"aiolos:disks": "xvdj=lots", "aiolos:index": "-1"} {
		a := newAccount(t)
		launched, err := a.Launch(t.Context(), "demo", a.nodes(1))
		require.NoError(t, err)
		_, err = a.cloud.Client().CreateTags(t.Context(), &sdk.CreateTagsInput{Resources: []string{launched[0].ID}, Tags: []types.Tag{{Key: aws.String(key), Value: aws.String(value)}}})
		require.NoError(t, err)
		_, err = a.Find(t.Context(), "demo")
		var changed *ec2.TagError
		require.ErrorAs(t, err, &changed)
		require.Equal(t, launched[0].ID, changed.Instance)
		require.Equal(t, key, changed.Key)
	}
}

func TestPatienceIsBounded(t *testing.T) {
	a := newAccount(t)
	_, err := a.Launch(t.Context(), "demo", a.nodes(1))
	require.NoError(t, err)
	stuck := &ec2test.Fault{Action: "ec2:DescribeInstances", Times: -1, Rewrite: func(body []byte) []byte { return body }}
	a.cloud.Inject(&ec2test.Fault{Action: "ec2:TerminateInstances", Times: -1, Rewrite: func(body []byte) []byte { return body }}, stuck)
	full := a.cloud.Instances(t, nil)
	require.Len(t, full, 1)
	// The list goes on showing the instance as shutting down.
	var seen []byte
	stuck.Rewrite = func(body []byte) []byte {
		if seen == nil {
			seen = bytes.ReplaceAll(body, []byte("<name>running</name>"), []byte("<name>shutting-down</name>"))
		}
		return seen
	}
	begin := time.Now()
	_, err = a.Terminate(t.Context(), "demo", nil)
	var left *ec2.TerminateError
	require.True(t, errors.As(err, &left), "%v", err)
	require.Equal(t, []string{aws.ToString(full[0].InstanceId)}, left.What)
	require.Less(t, time.Since(begin), 5*time.Second)
}
