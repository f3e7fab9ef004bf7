package ec2_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/ec2"
	"aiolos/internal/ec2/ec2test"
	"aiolos/internal/providertest"
)

// moto serves all tests; each has an account of its own there.
var moto *ec2test.Moto

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if moto, err = ec2test.StartMoto(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer moto.Close()
		return m.Run()
	}())
}

const worker = "tests"

// account is a provider in an account of its own.
type account struct {
	*ec2.Provider
	cloud *ec2test.Cloud
	world ec2test.World
	cfg   ec2.Config
}

// newAccount makes one, with a configuration that a test may change.
func newAccount(t testing.TB, change ...func(*ec2.Config, ec2test.World)) *account {
	t.Helper()
	a := &account{cloud: ec2test.New(t, moto)}
	a.world = a.cloud.World(t)
	small := ec2.Profile{
		InstanceType: "t3.micro", Image: ec2.Image{ID: a.world.Image}, SSHFrom: []string{"10.1.0.0/16"},
		Volumes: []ec2.Volume{{Device: "/dev/xvdj", SizeGiB: 137}},
	}
	for _, s := range a.world.Subnets[:3] {
		small.Subnets = append(small.Subnets, aws.ToString(s.SubnetId))
	}
	a.cfg = ec2.Config{
		Region: ec2test.Region, Endpoint: a.cloud.URL, Worker: worker, Credentials: ec2test.Credentials(),
		Profiles: map[string]ec2.Profile{"small": small}, Images: map[string]ec2.Image{"debian": {ID: a.world.Image}},
		Poll: 10 * time.Millisecond, Visible: 300 * time.Millisecond, Patience: time.Second, MaxAttempts: 1, MaxBackoff: 10 * time.Millisecond,
	}
	for _, c := range change {
		c(&a.cfg, a.world)
	}
	a.Provider = a.provider(t)
	return a
}

// provider is another one with the same configuration, as of another worker.
func (a *account) provider(t testing.TB) *ec2.Provider {
	t.Helper()
	p, err := ec2.New(t.Context(), a.cfg)
	require.NoError(t, err)
	return p
}

func (a *account) fixture() providertest.Fixture {
	return providertest.Fixture{
		Provider: a.Provider, Profile: "small", UserData: []byte("#cloud-config\n{}\n"),
		Disks: []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 147}, {Device: "/dev/xvdk", SizeGB: 1}},
		Machines: func(t *testing.T, deployment string) int {
			return len(a.cloud.Instances(t, map[string]string{"aiolos:deployment": deployment}))
		},
		Leftovers: func(t *testing.T, deployment string) []string {
			all, err := a.Belongings(context.Background())
			require.NoError(t, err)
			for _, b := range all {
				if b.Deployment == deployment {
					return []string{fmt.Sprint(b)}
				}
			}
			return nil
		},
		Faults: &faults{cloud: a.cloud},
	}
}

// faults has calls go wrong by losing them, or their answers.
type faults struct {
	cloud *ec2test.Cloud
	fault *ec2test.Fault
}

func (f *faults) Fail(n int, after bool) {
	f.fault = &ec2test.Fault{Skip: n - 1, After: after, Drop: true}
	f.cloud.Inject(f.fault)
}

func (f *faults) Heal() bool {
	f.cloud.Heal()
	failed := f.fault != nil && f.fault.Happened()
	f.fault = nil
	return failed
}

func TestContract(t *testing.T) {
	for name, change := range map[string]func(*ec2.Config, ec2test.World){
		"groups made": func(c *ec2.Config, _ ec2test.World) {
			p := c.Profiles["small"]
			p.PlacementGroup.Strategy = "spread"
			c.Profiles["small"] = p
		},
	} {
		t.Run(name, func(t *testing.T) {
			providertest.Run(t, providertest.Subject{Faults: true, New: func(t *testing.T) providertest.Fixture {
				return newAccount(t, change).fixture()
			}})
		})
	}
}
