package ec2_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/ec2"
	"aiolos/internal/ec2/ec2test"
)

// statuses are how the checks of a doctor's visit ended, by name.
func statuses(t *testing.T, p *ec2.Provider) map[string]deploy.Finding {
	t.Helper()
	all := map[string]deploy.Finding{}
	for _, c := range p.Doctor(context.Background()) {
		require.NotContains(t, all, c.Check)
		require.NotEmpty(t, c.Found, c.Check)
		require.Equal(t, c.Verdict == deploy.VerdictOK, c.Advice == "", "%+v", c)
		all[c.Check] = c
	}
	return all
}

func TestDoctor(t *testing.T) {
	a := newAccount(t, profile(spread))
	visit := statuses(t, a.Provider)
	for name, c := range visit {
		if name != "profile small: quota" { // which moto does not know
			require.Equal(t, deploy.VerdictOK, c.Verdict, "%+v", c)
		}
	}
	require.Len(t, visit, 12)
	require.Contains(t, visit["profile small: subnets"].Found, "3 zones")
	require.Equal(t, deploy.VerdictWarning, visit["profile small: quota"].Verdict)
	require.Empty(t, a.cloud.Instances(t, nil), "nothing is made")
	require.Empty(t, a.made(t))
	for action := range a.cloud.Calls() {
		require.Contains(t, allowed(t), action)
	}
}

func TestDoctorFinds(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*ec2.Profile, ec2test.World)
		fault   *ec2test.Fault
		check   string
		verdict deploy.Verdict
		words   string
	}{
		"credentials": {fault: ec2test.Refused("sts:GetCallerIdentity", "InvalidClientTokenId", "The security token is invalid."), check: "credentials", verdict: deploy.VerdictFailed, words: "AWS_PROFILE"},
		"no network":  {fault: ec2test.Unreachable("sts:GetCallerIdentity"), check: "credentials", verdict: deploy.VerdictWarning, words: "ask again"},
		"permission":  {fault: ec2test.Refused("ec2:RunInstances", "UnauthorizedOperation", "You are not authorized."), check: "profile small: launch", verdict: deploy.VerdictFailed, words: "allow ec2:RunInstances"},
		"listing":     {fault: ec2test.Refused("ec2:DescribeVolumes", "UnauthorizedOperation", "No."), check: "permission ec2:DescribeVolumes", verdict: deploy.VerdictFailed, words: "docs/iam-policy.json"},
		"group":       {fault: ec2test.Refused("ec2:CreateSecurityGroup", "UnauthorizedOperation", "No."), check: "profile small: security group", verdict: deploy.VerdictFailed, words: "allow ec2:CreateSecurityGroup"},
		"busy":        {fault: &ec2test.Fault{Action: "ec2:RunInstances", Status: 503, Code: "Unavailable", Message: "Come again."}, check: "profile small: launch", verdict: deploy.VerdictWarning, words: "ask again"},
		"image":       {change: func(p *ec2.Profile, _ ec2test.World) { p.Image = ec2.Image{ID: "ami-0123456789abcdef0"} }, check: "profile small: image", verdict: deploy.VerdictFailed, words: "name an image"},
		"subnet":      {change: func(p *ec2.Profile, _ ec2test.World) { p.Subnets[1] = "subnet-0123456789abcdef0" }, check: "profile small: subnets", verdict: deploy.VerdictFailed, words: "name subnets"},
		"type":        {change: func(p *ec2.Profile, _ ec2test.World) { p.InstanceType = "z9.huge" }, check: "profile small: instance type", verdict: deploy.VerdictFailed, words: "instance type"},
		"processor":   {change: func(p *ec2.Profile, _ ec2test.World) { p.InstanceType = "t4g.micro" }, check: "profile small: image", verdict: deploy.VerdictFailed, words: "arm64"},
		"cluster":     {change: func(p *ec2.Profile, _ ec2test.World) { p.PlacementGroup.Strategy = "cluster" }, check: "profile small: subnets", verdict: deploy.VerdictFailed, words: "one zone"},
		"family":      {change: func(p *ec2.Profile, _ ec2test.World) { p.InstanceType = "g4dn.xlarge" }, check: "profile small: quota", verdict: deploy.VerdictWarning, words: "Service Quotas"},
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
			require.Equal(t, c.verdict, got.Verdict, "%+v", got)
			require.Contains(t, got.Advice, c.words)
		})
	}
}

// What AWS answers about quotas is counted in nodes.
func TestDoctorCountsNodes(t *testing.T) {
	for value, want := range map[string]deploy.Verdict{"64.0": deploy.VerdictOK, "1.0": deploy.VerdictFailed} {
		a := newAccount(t)
		a.cloud.Inject(&ec2test.Fault{Action: "servicequotas:GetServiceQuota", Status: 200, Body: `{"Quota": {"QuotaCode": "L-1216C47A", "Value": ` + value + `}}`})
		got := statuses(t, a.Provider)["profile small: quota"]
		require.Equal(t, want, got.Verdict, "%+v", got)
		if want == deploy.VerdictOK {
			require.True(t, strings.Contains(got.Found, "so 32 nodes of 2"), got.Found)
		}
	}
}
