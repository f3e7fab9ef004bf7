package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsec2 "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/ec2/ec2test"
	"aiolos/internal/nodeimage"
	"aiolos/lab/labtest"
)

const webBlueprint = `
name: web
parameters: {nodes: {type: integer}, script: {type: string, default: "true"}}
groups: {web: {count: "${params.nodes}", profile: small-x86_64, disks: []}}
steps: {serve: {on: web, run: {script: "${params.script}"}}}
`

const (
	runInstances      = "ec2:RunInstances"
	describeInstances = "ec2:DescribeInstances"
)

// ec2Fault is what AWS does to a deployment of three nodes, and how that ends.
type ec2Fault struct {
	name   string
	faults func(a *amazon) []*ec2test.Fault
	// fails is what the failure says; empty means that the deployment is done.
	fails []string
	// zones is in how many zones the nodes are at the end, where that matters.
	zones int
}

var noReservations = regexp.MustCompile(`(?s)<reservationSet>.*</reservationSet>`)

// lagging is a list that does not show yet what there is.
func lagging(body []byte) []byte {
	return noReservations.ReplaceAll(body, []byte("<reservationSet/>"))
}

func times(n int, f *ec2test.Fault) *ec2test.Fault {
	f.Times = n
	return f
}

func ec2Faults() []ec2Fault {
	return []ec2Fault{
		{name: "calls are throttled", faults: func(*amazon) []*ec2test.Fault {
			return []*ec2test.Fault{times(2, ec2test.Throttled(runInstances)), times(2, ec2test.Throttled(describeInstances))}
		}},
		{name: "time-out after the effect: launches are made and their answers lost", faults: func(*amazon) []*ec2test.Fault {
			return []*ec2test.Fault{times(3, ec2test.Lost(runInstances))}
		}},
		{name: "launches do not arrive", faults: func(*amazon) []*ec2test.Fault {
			return []*ec2test.Fault{times(2, ec2test.Unreachable(runInstances))}
		}},
		{name: "eventual consistency: lists lag behind what was launched", faults: func(*amazon) []*ec2test.Fault {
			return []*ec2test.Fault{{Action: describeInstances, Times: 4, Rewrite: lagging}}
		}},
		{name: "no capacity in one zone", zones: 2, faults: func(a *amazon) []*ec2test.Fault {
			full := times(-1, ec2test.Refused(runInstances, "InsufficientInstanceCapacity", "We currently do not have sufficient capacity in the Availability Zone you requested."))
			full.Match = func(form url.Values) bool { return form.Get("SubnetId") == a.world.Subnets[1] }
			return []*ec2test.Fault{full}
		}},
		{name: "partial launch: the quota is reached after the first node", faults: func(*amazon) []*ec2test.Fault {
			full := times(-1, ec2test.Refused(runInstances, "VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of 32 allows."))
			full.Skip = 1
			return []*ec2test.Fault{full}
		}, fails: []string{"VcpuLimitExceeded", "your current vCPU limit of 32", "higher quota"}},
		{name: "the worker may not launch", faults: func(*amazon) []*ec2test.Fault {
			return []*ec2test.Fault{times(-1, ec2test.Refused(runInstances, "UnauthorizedOperation", "You are not authorized to perform this operation."))}
		}, fails: []string{"UnauthorizedOperation", "docs/iam-policy.json"}},
		{name: "terminating is throttled, and its answers lost", faults: func(*amazon) []*ec2test.Fault {
			return []*ec2test.Fault{ec2test.Throttled("ec2:TerminateInstances"), ec2test.Lost("ec2:TerminateInstances")}
		}},
	}
}

// interrupted is the fault that strikes in the middle; it has a test of its own.
const interrupted = "spot interruption while a node is configured"

// TestEC2Faults deploys while AWS fails: each time the wanted instances exist in the
// end, or none; and every one that there ever was is accounted for.
func TestEC2Faults(t *testing.T) {
	labtest.NeedEngine(t)
	a := newAmazon(t, "e2eec2faults", nodeimage.Lab)
	file := filepath.Join(t.TempDir(), "web.yaml")
	write(t, file, webBlueprint)
	for i, f := range ec2Faults() {
		t.Run(f.name, func(t *testing.T) {
			before := total(a.ever(t))
			name := fmt.Sprintf("web%d", i)
			a.cloud.Heal()
			faults := f.faults(a)
			a.cloud.Inject(faults...)
			r := a.Aiolos(t, "deploy", name, file, "-p", "nodes=3", "--on-failure", "rollback")
			if len(f.fails) > 0 {
				require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
				for _, says := range f.fails {
					require.Contains(t, r.Stderr, says)
				}
			} else {
				require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
				a.exactly(t, name, 3, f.zones)
			}
			r = a.Aiolos(t, "destroy", name, "--confirm", name)
			require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
			a.nothingLeft(t)
			for _, fault := range faults {
				require.True(t, fault.Happened(), "%+v", fault.Action)
			}
			require.LessOrEqual(t, total(a.ever(t))-before, 3, "instances were launched twice")
		})
	}
	t.Run(interrupted, func(t *testing.T) { a.interrupt(t, file) })
}

func total(ever map[types.InstanceStateName][]string) (n int) {
	for _, ids := range ever {
		n += len(ids)
	}
	return n
}

// exactly wants a deployment to have so many instances, in so many zones.
func (a *amazon) exactly(t *testing.T, name string, nodes, zones int) {
	t.Helper()
	out, err := a.api.DescribeInstances(context.Background(), &awsec2.DescribeInstancesInput{Filters: []types.Filter{
		{Name: aws.String("tag:aiolos:deployment"), Values: []string{name}}, {Name: aws.String("instance-state-name"), Values: []string{"pending", "running"}},
	}})
	require.NoError(t, err)
	in := map[string]bool{}
	var ids []string
	for _, r := range out.Reservations {
		for _, i := range r.Instances {
			ids = append(ids, aws.ToString(i.InstanceId))
			in[aws.ToString(i.Placement.AvailabilityZone)] = true
		}
	}
	require.Len(t, ids, nodes)
	require.Len(t, a.ever(t)[types.InstanceStateNameRunning], nodes)
	if zones > 0 {
		require.Len(t, in, zones)
	}
	for _, n := range a.Status(t, name).Nodes {
		require.Contains(t, ids, n.ID)
	}
}

// interrupt takes an instance away while its step runs: the deployment says so, and
// goes on with another one.
func (a *amazon) interrupt(t *testing.T, file string) {
	a.cloud.Heal()
	r := a.Aiolos(t, "deploy", "spot", file, "-p", "nodes=2", "-p", "script=test -e /root/go || while [ ! -e /root/go ]; do sleep 0.2; done", "--detach")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	labtest.Eventually(t, "both nodes are being configured", time.Minute, func() bool { return a.serving(t, deploy.StepRunning) == 2 })
	nodes := a.Status(t, "spot").Nodes
	_, err := a.api.TerminateInstances(context.Background(), &awsec2.TerminateInstancesInput{InstanceIds: []string{nodes[0].ID}})
	require.NoError(t, err)
	labtest.Eventually(t, "the deployment needs attention", 2*time.Minute, func() bool { return a.Status(t, "spot").State == deploy.StateNeedsAttention })
	failure := a.Status(t, "spot").Failures[0]
	require.Equal(t, deploy.KindGone, failure.Kind)
	require.Equal(t, nodes[0].Name, failure.Node)
	require.Contains(t, failure.Message, nodes[0].ID)
	require.Contains(t, failure.Message, "terminated")
	r = a.Aiolos(t, "status", "spot")
	require.Contains(t, r.Stdout+r.Stderr, "aiolos replace-node spot "+nodes[0].Name)
	r = a.Aiolos(t, "replace-node", "spot", nodes[0].Name, "--detach")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	labtest.Eventually(t, "both nodes are being configured", 2*time.Minute, func() bool { return a.serving(t, deploy.StepRunning) == 2 })
	for _, n := range a.Status(t, "spot").Nodes {
		labtest.On(t, a.machines(t)[n.ID], "touch /root/go")
	}
	r = a.Aiolos(t, "watch", "spot")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	a.exactly(t, "spot", 2, 0)
	r = a.Aiolos(t, "destroy", "spot", "--confirm", "spot")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	a.nothingLeft(t)
}

// serving counts the nodes whose step is in a state.
func (a *amazon) serving(t *testing.T, state deploy.StepState) (n int) {
	t.Helper()
	for _, s := range a.Status(t, "spot").Steps {
		if s.Name == "serve" && s.State == state {
			n++
		}
	}
	return n
}

// TestEC2FaultsDocumented holds the table in the docs against what is tested.
func TestEC2FaultsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/ec2.md")
	require.NoError(t, err)
	var documented, tested []string
	_, table, _ := strings.Cut(string(text), "| what AWS does |")
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) == 4 && !strings.Contains(line, "---") {
			documented = append(documented, strings.TrimSpace(cells[1]))
		}
	}
	for _, f := range ec2Faults() {
		tested = append(tested, f.name)
	}
	require.Equal(t, append(tested, interrupted), documented)
}
