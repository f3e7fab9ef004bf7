package ec2_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/internal/ec2"
	"aiolos/internal/ec2/ec2test"
)

// statuses are how the checks of a doctor's visit ended, by name.
func statuses(t *testing.T, p *ec2.Provider) map[string]ec2.Check {
	t.Helper()
	all := map[string]ec2.Check{}
	for _, c := range p.Doctor(context.Background()) {
		require.NotContains(t, all, c.Name)
		require.NotEmpty(t, c.Found, c.Name)
		require.Equal(t, c.Status == ec2.OK, c.Advice == "", "%+v", c)
		all[c.Name] = c
	}
	return all
}

func TestDoctor(t *testing.T) {
	a := newAccount(t, profile(spread))
	visit := statuses(t, a.Provider)
	for name, c := range visit {
		if name != "profile small: quota" { // which moto does not know
			require.Equal(t, ec2.OK, c.Status, "%+v", c)
		}
	}
	require.Len(t, visit, 12)
	require.Contains(t, visit["profile small: subnets"].Found, "3 zones")
	require.Equal(t, ec2.Unknown, visit["profile small: quota"].Status)
	require.Empty(t, a.cloud.Instances(t, nil), "nothing is made")
	require.Empty(t, a.made(t))
	for action := range a.cloud.Calls() {
		require.Contains(t, allowed(t), action)
	}
}

func TestDoctorFinds(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*ec2.Profile, ec2test.World)
		fault  *ec2test.Fault
		check  string
		status ec2.Status
		words  string
	}{
		"credentials": {fault: ec2test.Refused("sts:GetCallerIdentity", "InvalidClientTokenId", "The security token is invalid."), check: "credentials", status: ec2.Failed, words: "AWS_PROFILE"},
		"no network":  {fault: ec2test.Unreachable("sts:GetCallerIdentity"), check: "credentials", status: ec2.Unknown, words: "ask again"},
		"permission":  {fault: ec2test.Refused("ec2:RunInstances", "UnauthorizedOperation", "You are not authorized."), check: "profile small: launch", status: ec2.Failed, words: "allow ec2:RunInstances"},
		"listing":     {fault: ec2test.Refused("ec2:DescribeVolumes", "UnauthorizedOperation", "No."), check: "permission ec2:DescribeVolumes", status: ec2.Failed, words: "docs/iam-policy.json"},
		"group":       {fault: ec2test.Refused("ec2:CreateSecurityGroup", "UnauthorizedOperation", "No."), check: "profile small: security group", status: ec2.Failed, words: "allow ec2:CreateSecurityGroup"},
		"busy":        {fault: &ec2test.Fault{Action: "ec2:RunInstances", Status: 503, Code: "Unavailable", Message: "Come again."}, check: "profile small: launch", status: ec2.Unknown, words: "ask again"},
		"image":       {change: func(p *ec2.Profile, _ ec2test.World) { p.Image = ec2.Image{ID: "ami-0123456789abcdef0"} }, check: "profile small: image", status: ec2.Failed, words: "name an image"},
		"subnet":      {change: func(p *ec2.Profile, _ ec2test.World) { p.Subnets[1] = "subnet-0123456789abcdef0" }, check: "profile small: subnets", status: ec2.Failed, words: "name subnets"},
		"type":        {change: func(p *ec2.Profile, _ ec2test.World) { p.InstanceType = "z9.huge" }, check: "profile small: instance type", status: ec2.Failed, words: "instance type"},
		"processor":   {change: func(p *ec2.Profile, _ ec2test.World) { p.InstanceType = "t4g.micro" }, check: "profile small: image", status: ec2.Failed, words: "arm64"},
		"cluster":     {change: func(p *ec2.Profile, _ ec2test.World) { p.PlacementGroup.Strategy = "cluster" }, check: "profile small: subnets", status: ec2.Failed, words: "one zone"},
		"family":      {change: func(p *ec2.Profile, _ ec2test.World) { p.InstanceType = "g4dn.xlarge" }, check: "profile small: quota", status: ec2.Unknown, words: "Service Quotas"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, func(cfg *ec2.Config, w ec2test.World) {
				if c.change != nil {
					profile(c.change)(cfg, w)
				}
			})
			if c.fault != nil {
				a.cloud.Inject(c.fault)
			}
			got := statuses(t, a.Provider)[c.check]
			require.Equal(t, c.status, got.Status, "%+v", got)
			require.Contains(t, got.Advice, c.words)
		})
	}
}

// What AWS answers about quotas is counted in nodes.
func TestDoctorCountsNodes(t *testing.T) {
	for value, want := range map[string]ec2.Status{"64.0": ec2.OK, "1.0": ec2.Failed} {
		a := newAccount(t)
		a.cloud.Inject(&ec2test.Fault{Action: "servicequotas:GetServiceQuota", Status: 200, Body: `{"Quota": {"QuotaCode": "L-1216C47A", "Value": ` + value + `}}`})
		got := statuses(t, a.Provider)["profile small: quota"]
		require.Equal(t, want, got.Status, "%+v", got)
		if want == ec2.OK {
			require.True(t, strings.Contains(got.Found, "so 32 nodes of 2"), got.Found)
		}
	}
}
