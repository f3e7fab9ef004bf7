package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsec2 "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/docker"
	"aiolos/internal/ec2"
	"aiolos/internal/ec2/ec2test"
	"aiolos/internal/nodeimage"
	"aiolos/internal/trust"
	"aiolos/lab/cloud"
	"aiolos/lab/labtest"
	"aiolos/workflows"
)

// timeToGo is how long machines may take to be gone after their instances.
const timeToGo = 20 * time.Second

// amazon is an EC2 of a test's own, whose instances boot, and a worker that uses it.
type amazon struct {
	*labtest.Worker
	cloud *ec2test.Cloud
	api   *awsec2.Client
	world cloud.World
	lab   string
}

// newAmazon makes one. All calls of the worker go through a proxy that can make them
// go wrong; the machines look at moto behind it.
func newAmazon(t *testing.T, lab string, variant nodeimage.Variant) *amazon {
	t.Helper()
	ctx := t.Context()
	moto, err := ec2test.StartMoto(ctx)
	require.NoError(t, err)
	t.Cleanup(moto.Close)
	a := &amazon{cloud: ec2test.New(t, moto), lab: lab}
	a.api = a.cloud.Client()

	cli, err := docker.Connect("")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cli.Close()) })
	image, err := nodeimage.Ensure(ctx, cli, variant, func(s string) { t.Log(s) })
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := docker.RemoveAll(context.Background(), cli, lab)
		require.NoError(t, err)
	})
	network, gateway, err := docker.EnsureFixedNetwork(ctx, cli, lab, lab)
	require.NoError(t, err)
	a.world, err = cloud.Prepare(ctx, a.api, lab, network)
	require.NoError(t, err)
	booter, err := cloud.New(cloud.Config{EC2: a.api, VPC: a.world.VPC, Lab: lab, Network: lab, Image: image, Say: func(s string) { t.Log(s) }})
	require.NoError(t, err)
	booting, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- booter.Run(booting) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	user := "root"
	if variant == nodeimage.Bare {
		// cloud-init makes this one, who may use sudo.
		user = "admin"
	}
	a.Worker = a.worker(t, user, network, gateway)
	return a
}

// worker starts one that is configured as an operator would do it.
func (a *amazon) worker(t *testing.T, user string, network netip.Prefix, gateway netip.Addr) *labtest.Worker {
	t.Helper()
	dir := t.TempDir()
	secret, err := trust.New()
	require.NoError(t, err)
	require.NoError(t, secret.Write(filepath.Join(dir, "secret")))
	t.Setenv("AWS_ACCESS_KEY_ID", "testing")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "testing")
	listen := labtest.FreeAddressAt(t, gateway.String())
	return labtest.StartWorker(t, labtest.StartServer(t, workflows.SearchAttributes()), config.Config{
		Secret: "file:" + filepath.Join(dir, "secret"), CacheDir: filepath.Join(dir, "cache"),
		Gateway: config.Gateway{Listen: []string{listen}}, SSH: config.SSH{User: user},
		Providers: config.Providers{EC2: &ec2.Config{
			Region: ec2test.Region, Endpoint: a.cloud.URL, Worker: "e2e",
			Profiles: map[string]ec2.Profile{"small-x86_64": {
				InstanceType: "t3.micro", Image: ec2.Image{ID: a.world.Image}, Subnets: a.world.Subnets, SSHFrom: []string{network.Masked().String()},
				Root: ec2.Volume{SizeGiB: 20}, OtherVolumes: ec2.Volume{Type: "gp3", Encrypted: true},
			}},
		}},
	})
}

// ever are all instances that there have been, by their state.
func (a *amazon) ever(t *testing.T) map[types.InstanceStateName][]string {
	t.Helper()
	out, err := a.api.DescribeInstances(context.Background(), &awsec2.DescribeInstancesInput{Filters: []types.Filter{{Name: aws.String("vpc-id"), Values: []string{a.world.VPC}}}})
	require.NoError(t, err)
	all := map[types.InstanceStateName][]string{}
	for _, r := range out.Reservations {
		for _, i := range r.Instances {
			all[i.State.Name] = append(all[i.State.Name], aws.ToString(i.InstanceId))
		}
	}
	return all
}

// machines are the containers that have booted for instances, by these.
func (a *amazon) machines(t *testing.T) map[string]string {
	t.Helper()
	return (&labtest.Lab{Name: a.lab}).Containers(t, "instances")
}

// nothingLeft wants that a deployment costs nothing any more.
func (a *amazon) nothingLeft(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	for state, ids := range a.ever(t) {
		require.Equal(t, types.InstanceStateNameTerminated, state, "%s", ids)
	}
	volumes, err := a.api.DescribeVolumes(ctx, &awsec2.DescribeVolumesInput{})
	require.NoError(t, err)
	require.Empty(t, volumes.Volumes)
	groups, err := a.api.DescribeSecurityGroups(ctx, &awsec2.DescribeSecurityGroupsInput{Filters: []types.Filter{{Name: aws.String("vpc-id"), Values: []string{a.world.VPC}}}})
	require.NoError(t, err)
	for _, g := range groups.SecurityGroups {
		require.Equal(t, "default", aws.ToString(g.GroupName))
	}
}

// TestEC2 walks the whole way through EC2's API: instances are launched, boot from
// a bare image with cloud-init, and become a pool; then all is gone.
func TestEC2(t *testing.T) {
	labtest.NeedEngine(t)
	a := newAmazon(t, "e2eec2", nodeimage.Bare)
	ok := t.Run("a pool of three nodes", func(t *testing.T) {
		outcome := a.Deploy(t, "pool", "glusterfs", "-p", "nodes=3")
		require.Equal(t, deploy.StateDone, outcome.State)
		running := a.ever(t)
		require.Len(t, running[types.InstanceStateNameRunning], 3)
		require.Len(t, running, 1, "%v", running)
		ids := a.machines(t)
		require.Len(t, ids, 3)
		var nodes []string
		for _, n := range a.Status(t, "pool").Nodes {
			require.Contains(t, n.Hostname, "ip-"+strings.ReplaceAll(n.Address, ".", "-"))
			require.Equal(t, n.Address, labtest.Docker(t, "inspect", "-f", "{{(index .NetworkSettings.Networks \""+a.lab+"\").IPAddress}}", ids[n.ID]))
			nodes = append(nodes, n.ID)
			// The blueprint says /dev/xvdj; the machine has it by another name.
			require.Equal(t, "/dev/nvme1n1 ext4", labtest.On(t, ids[n.ID], "findmnt -n -o SOURCE,FSTYPE /data | tr -s ' '"))
			require.Contains(t, labtest.On(t, ids[n.ID], "cloud-init status --long"), "DataSourceNoCloud")
			require.Equal(t, fmt.Sprintf("pool-%s", n.Name), labtest.On(t, ids[n.ID], "hostname"))
		}
		require.Equal(t, "hello", labtest.On(t, ids[nodes[0]], "mkdir -p /m && mount -t glusterfs localhost:/vol01 /m && echo hello > /m/f && umount /m; echo hello"))
		require.Equal(t, "hello", labtest.On(t, ids[nodes[2]], "mkdir -p /m && mount -t glusterfs localhost:/vol01 /m && cat /m/f && umount /m"))
		calls := a.cloud.Calls()
		require.Equal(t, 3, calls["ec2:RunInstances"], "one for each subnet: %v", calls)
	})
	if !ok {
		return
	}
	t.Run("the same again changes nothing", func(t *testing.T) {
		before := a.ever(t)
		outcome := a.Deploy(t, "pool", "glusterfs", "-p", "nodes=3")
		require.Empty(t, outcome.Changes)
		require.Equal(t, before, a.ever(t))
	})
	t.Run("doctor looks through the worker", func(t *testing.T) {
		r := a.Aiolos(t, "doctor", "--json")
		var health deploy.Findings
		require.NoError(t, json.Unmarshal([]byte(r.Stdout), &health), "%s\n%s", r.Stdout, r.Stderr)
		seen := map[string]bool{}
		for _, f := range health.Findings {
			require.NotEqual(t, deploy.VerdictFailed, f.Verdict, "%+v", f)
			seen[f.Of+" "+f.Check] = true
		}
		for _, check := range []string{"ec2 credentials", "ec2 profile small-x86_64: image", "worker gateway"} {
			require.Contains(t, seen, check)
		}
	})
	t.Run("nothing is left", func(t *testing.T) {
		r := a.Aiolos(t, "destroy", "pool", "--confirm", "pool")
		require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
		a.nothingLeft(t)
		labtest.Eventually(t, "the machines are gone", timeToGo, func() bool { return len(a.machines(t)) == 0 })
	})
	t.Run("an orphan is found, and removed on request", func(t *testing.T) {
		made, err := a.api.CreateVolume(context.Background(), &awsec2.CreateVolumeInput{
			AvailabilityZone: aws.String(ec2test.Region + "a"), Size: aws.Int32(1),
			TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeVolume, Tags: []types.Tag{
				{Key: aws.String("aiolos:worker"), Value: aws.String("e2e")}, {Key: aws.String("aiolos:deployment"), Value: aws.String("pool")},
			}}},
		})
		require.NoError(t, err)
		r := a.Aiolos(t, "orphans")
		require.Contains(t, r.Stdout, aws.ToString(made.VolumeId), "%s", r.Stderr)
		r = a.Aiolos(t, "orphans", "--remove", "--yes")
		require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
		a.nothingLeft(t)
	})
	t.Run("no secret was logged", func(t *testing.T) {
		log, err := os.ReadFile(a.Log)
		require.NoError(t, err)
		require.NotContains(t, string(log), "PRIVATE KEY")
	})
}
