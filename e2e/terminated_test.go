package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/internal/job"
	"aiolos/internal/remote"
	"aiolos/internal/remote/remotetest"
	"aiolos/lab/labtest"
	"aiolos/workflows"
)

// TestTerminated: a hundred deployments are terminated at random moments, and taken
// up by one command. Ten are pools in the lab; the nodes of the others are simulated,
// their jobs real.
func TestTerminated(t *testing.T) {
	labtest.NeedEngine(t)
	t.Run("ninety", func(t *testing.T) { ninety(t) })
	t.Run("ten in the lab", func(t *testing.T) {
		l := labtest.Start(t, "e2eterminated", 18633)
		c := labtest.Dial(t, l.Address())
		names := terminate(t, c, 10, 12*time.Second, func(string) deploy.Request {
			return deploy.Request{Blueprint: "glusterfs", Parameters: map[string]any{"nodes": 1}}
		})
		takeUp(t, l, c, names)
		for _, name := range names {
			l.PoolIsGood(t, name, 1)
			// A run that was stopped by the end of its deployment is begun anew; one that
			// succeeded is not.
			succeeded := labtest.On(t, l.Containers(t, name)[labtest.Storage(0)], "cat /var/lib/aiolos/jobs/*.configure.*/exit | grep -c '^0 '")
			require.Equal(t, "1", succeeded, "Puppet succeeded more than once for %s", name)
		}
	})
}

// terminate starts deployments, and terminates each at a random moment. It returns
// the names of all, and wants most of them to have been cut short.
func terminate(t *testing.T, c client.Client, count int, within time.Duration, request func(name string) deploy.Request) []string {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // repeatable
	names := make([]string, count)
	var all sync.WaitGroup
	var mu sync.Mutex
	cut := 0
	for i := range names {
		name := fmt.Sprintf("t%d", i)
		names[i] = name
		after := time.Duration(rng.Int64N(int64(within)))
		all.Go(func() {
			run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: name, TaskQueue: workflows.TaskQueue}, workflows.DeployType, request(name))
			if err != nil {
				t.Errorf("start %s: %v", name, err)
				return
			}
			time.Sleep(after)
			// One that has ended already cannot be terminated.
			if err := c.TerminateWorkflow(t.Context(), name, run.GetRunID(), "at a random moment"); err == nil {
				mu.Lock()
				cut++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	t.Logf("%d of %d were cut short", cut, count)
	require.Greater(t, cut, count/2)
	// Lists lag behind, and the command that takes them up goes by a list.
	labtest.Eventually(t, "all that were cut short are listed", time.Minute, func() bool {
		listed, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "ExecutionStatus = 'Terminated'"})
		return err == nil && listed.GetCount() == int64(cut)
	})
	return names
}

// takeUp takes all up by one command, and wants all to be done.
func takeUp(t *testing.T, l *labtest.Lab, c client.Client, names []string) {
	t.Helper()
	began := time.Now()
	r := l.Aiolos(t, "replay", "--all-failed", "--yes")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	t.Logf("taken up in %s", time.Since(began).Round(100*time.Millisecond))
	for _, name := range names {
		description, err := c.DescribeWorkflowExecution(t.Context(), name, "")
		require.NoError(t, err)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, description.GetWorkflowExecutionInfo().GetStatus(), name)
	}
}

// twoSteps notes each run of each step, as it begins and as it ends.
const twoSteps = `
name: two
groups:
  web: {count: 2, profile: small-x86_64}
steps:
  first: {on: web, run: {script: "echo begin first ${node.name} >> LOG; sleep 1; echo end first ${node.name} >> LOG"}}
  second: {on: "web[0]", needs: [{step: first, of: all}], run: {script: "echo begin second ${node.name} >> LOG; sleep 1; echo end second ${node.name} >> LOG"}}
`

// ninety runs on a server of its own, with a worker in this process.
func ninety(t *testing.T) {
	dir := t.TempDir()
	address := labtest.StartServer(t, workflows.SearchAttributes())
	c := labtest.Dial(t, address)
	w := worker.New(c, workflows.TaskQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	fleet := &simulated{dir: dir, nodes: map[string][]deploy.Instance{}}
	activities.Register(w, &activities.Deeds{
		Providers: map[string]activities.Provider{"simulated": fleet}, DefaultProvider: "simulated", Hosts: fleet,
		UserData: func(string, deploy.NodeSpec) ([]byte, error) { return nil, nil },
	})
	require.NoError(t, w.Start())
	defer w.Stop()
	log := func(name string) string { return filepath.Join(dir, name+".log") }
	names := terminate(t, c, 90, 4*time.Second, func(name string) deploy.Request {
		return deploy.Request{Blueprint: "two", Source: strings.ReplaceAll(twoSteps, "LOG", log(name))}
	})
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	base, err := strconv.Atoi(port)
	require.NoError(t, err)
	takeUp(t, &labtest.Lab{Base: base}, c, names)
	for _, name := range names {
		text, err := os.ReadFile(log(name))
		require.NoError(t, err)
		var ends []string
		for line := range strings.Lines(string(text)) {
			if end, ok := strings.CutPrefix(strings.TrimSpace(line), "end "); ok {
				ends = append(ends, end)
			}
		}
		slices.Sort(ends)
		require.Equal(t, []string{"first web-0", "first web-1", "second web-0"}, ends, "%s: a step succeeded more than once, or never", name)
	}
}

// simulated are nodes that are no machines of their own: their jobs run on this one,
// each node's in a directory for itself.
type simulated struct {
	dir   string
	mu    sync.Mutex
	nodes map[string][]deploy.Instance
}

func (s *simulated) Profiles() []string              { return []string{"small-x86_64"} }
func (s *simulated) Images() []string                { return []string{"*"} }
func (s *simulated) Disks() map[string][]deploy.Disk { return nil }

func (s *simulated) Find(_ context.Context, deployment string) ([]deploy.Instance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.nodes[deployment]), nil
}

func (s *simulated) Launch(_ context.Context, deployment string, nodes []deploy.Launch) ([]deploy.Instance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []deploy.Instance
	for _, n := range nodes {
		at := slices.IndexFunc(s.nodes[deployment], func(i deploy.Instance) bool { return i.Node == n.Name })
		if at < 0 {
			at = len(s.nodes[deployment])
			s.nodes[deployment] = append(s.nodes[deployment], deploy.Instance{
				Node: n.Name, Group: n.Group, Index: n.Index, ID: deployment + "/" + n.Name, Address: "192.0.2.1", Hostname: n.Hostname,
			})
		}
		all = append(all, s.nodes[deployment][at])
	}
	return all, nil
}

func (s *simulated) Terminate(_ context.Context, deployment string, _ []string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.nodes, deployment)
	return nil, nil
}

func (s *simulated) Await(context.Context, string, deploy.Node, func(string)) error { return nil }

func (s *simulated) Runner(deployment string, node deploy.Node) remote.Runner {
	return elsewhere{dir: filepath.Join(s.dir, deployment, node.Name)}
}

// elsewhere runs commands on this machine, with the jobs in a directory of their own.
type elsewhere struct{ dir string }

func (e elsewhere) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.Args = slices.Clone(c.Args)
	for i, arg := range c.Args {
		c.Args[i] = strings.Replace(arg, string(job.Root), e.dir, 1)
	}
	return remotetest.Local{}.Run(ctx, c)
}
