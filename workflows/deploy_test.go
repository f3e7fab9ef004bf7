package workflows_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/workflows"
)

// provider stands in for the machines: the outermost edge.
type provider struct {
	mu       sync.Mutex
	existing []deploy.Instance
	launches int
	// terminated is what each call removed.
	terminated [][]string
}

func (p *provider) Profiles() []string { return []string{"small-x86_64"} }

func (p *provider) Disks() map[string][]deploy.Disk { return nil }

func (p *provider) Images() []string { return []string{"*"} }

func (p *provider) Find(context.Context, string) ([]deploy.Instance, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.existing), nil
}

func (p *provider) Launch(_ context.Context, _ string, nodes []deploy.Launch) ([]deploy.Instance, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.launches++
	var all []deploy.Instance
	for _, n := range nodes {
		at := slices.IndexFunc(p.existing, func(i deploy.Instance) bool { return i.Node == n.Name })
		if at >= 0 {
			all = append(all, p.existing[at])
			continue
		}
		i := deploy.Instance{Node: n.Name, Group: n.Group, Index: n.Index, ID: "id-" + n.Name, Address: fmt.Sprintf("192.0.2.%d", n.Index+1), Hostname: n.Hostname, Disks: n.Disks}
		p.existing = append(p.existing, i)
		i.Launched = true
		all = append(all, i)
	}
	return all, nil
}

func (p *provider) Terminate(_ context.Context, _ string, nodes []string) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var removed []string
	p.existing = slices.DeleteFunc(p.existing, func(i deploy.Instance) bool {
		gone := nodes == nil || slices.Contains(nodes, i.Node)
		if gone {
			removed = append(removed, i.Node)
		}
		return gone
	})
	p.terminated = append(p.terminated, removed)
	return removed, nil
}

// world is a test environment with the deeds on nodes replaced.
type world struct {
	*testsuite.TestWorkflowEnvironment
	provider *provider
	// events are what happened, in order: "puppet storage-0", …
	mu     sync.Mutex
	events []string
	// searchable are the search attributes that the namespace knows.
	searchable []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w := &world{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), provider: &provider{}}
	w.SetStartWorkflowOptions(startOptions("pool"))
	w.SetTestTimeout(30 * time.Second)
	w.RegisterWorkflow(workflows.Deploy)
	w.RegisterWorkflow(workflows.Destroy)
	w.RegisterWorkflow(workflows.Slice)
	w.OnSignalExternalWorkflow(mock.Anything, deploymentName, mock.Anything, workflows.ReportSignal, mock.Anything).
		Return(func(_, _, _, name string, arg any) error {
			w.SignalWorkflow(name, arg)
			return nil
		}).Maybe()
	activities.Register(w, &activities.Deeds{
		Providers: map[string]activities.Provider{"docker": w.provider}, DefaultProvider: "docker",
		UserData:   func(string, deploy.NodeSpec) ([]byte, error) { return []byte("#cloud-config\n{}"), nil },
		Searchable: func(context.Context) []string { return w.searchable },
	})
	w.OnActivity("Connect", mock.Anything, mock.MatchedBy(func(in activities.ConnectInput) bool { return in.Node.Group != "one" })).
		Return(activities.ConnectResult{}, nil).Maybe()
	return w
}

func startOptions(id string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{ID: id, TaskQueue: workflows.TaskQueue}
}

func (w *world) did(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, what)
}

// action replaces an action by f and notes each call.
func (w *world) action(name string, f func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error)) {
	switch name {
	case "puppet":
		replace[activities.PuppetConfig](w, name, f)
	case "run":
		replace[activities.RunConfig](w, name, f)
	case "gluster_pool":
		replace[activities.PoolConfig](w, name, f)
	case "gluster_volume":
		replace[activities.VolumeConfig](w, name, f)
	case "gluster_verify":
		replace[activities.VerifyConfig](w, name, f)
	default:
		panic(name)
	}
}

func replace[C any](w *world, name string, f func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error)) {
	w.OnActivity(name, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ActionInput[C]) (activities.ActionResult, error) {
			text, err := json.Marshal(in)
			if err != nil {
				return activities.ActionResult{}, err
			}
			var plain activities.ActionInput[map[string]any]
			if err := json.Unmarshal(text, &plain); err != nil {
				return activities.ActionResult{}, err
			}
			w.did(name + " " + plain.Node.Name)
			if f == nil {
				return activities.ActionResult{}, nil
			}
			return f(plain)
		}).Maybe()
}

func (w *world) status(t *testing.T) deploy.Status {
	t.Helper()
	value, err := w.QueryWorkflow(workflows.StatusQuery)
	require.NoError(t, err)
	var status deploy.Status
	require.NoError(t, value.Get(&status))
	return status
}

func (w *world) step(t *testing.T, step, node string) deploy.StepStatus {
	t.Helper()
	for _, s := range w.status(t).Steps {
		if s.Name == step && s.Node == node {
			return s
		}
	}
	t.Fatalf("no step %s on %s", step, node)
	return deploy.StepStatus{}
}

func (w *world) signal(node, name string) {
	w.SignalWorkflow(workflows.NodeSignal, workflows.NodeMessage{Node: node, Name: name, Value: "true"})
}

// run executes Deploy and reads its outcome.
func (w *world) run(t *testing.T, request deploy.Request) (deploy.Outcome, error) {
	t.Helper()
	if request.OnFailure == "" {
		request.OnFailure = deploy.OnFailureFail // a test that waits for a person says so
	}
	w.ExecuteWorkflow(workflows.Deploy, request)
	require.True(t, w.IsWorkflowCompleted())
	if err := w.GetWorkflowError(); err != nil {
		return deploy.Outcome{}, err
	}
	var outcome deploy.Outcome
	require.NoError(t, w.GetWorkflowResult(&outcome))
	return outcome, nil
}

// glusterfs lets every action of the built-in blueprint succeed; each node
// signals a while after its Puppet run, the later the higher its index.
func (w *world) glusterfs() {
	w.action("puppet", func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
		w.RegisterDelayedCallback(func() {
			w.did("signal " + in.Node.Name)
			w.signal(in.Node.Name, "glusterup")
		}, time.Duration(in.Node.Index+1)*time.Minute)
		return activities.ActionResult{Changes: []string{"Puppet changed 9 resources on " + in.Node.Name}}, nil
	})
	for _, name := range []string{"gluster_pool", "gluster_volume", "gluster_verify"} {
		w.action(name, nil)
	}
}

func TestPoolWaitsForEverySignal(t *testing.T) {
	w := newWorld(t)
	w.glusterfs()
	w.RegisterDelayedCallback(func() {
		pool := w.step(t, "pool", "storage-0")
		require.Equal(t, deploy.StepWaiting, pool.State)
		require.Equal(t, "waits for glusterup of storage-1, storage-2", pool.Message)
	}, 90*time.Second)
	outcome, err := w.run(t, deploy.Request{Blueprint: "glusterfs", Parameters: map[string]any{"nodes": 3}})
	require.NoError(t, err)
	require.Equal(t, deploy.StateDone, outcome.State)
	require.Len(t, outcome.Nodes, 3)
	require.Equal(t, "true", outcome.Nodes[2].Facts["glusterup"])
	require.Equal(t, "pool-storage-0:/vol01", outcome.Outputs["mount"])
	require.Equal(t, []string{"launched storage-0", "launched storage-1", "launched storage-2"}, outcome.Changes[:3])
	at := func(event string) int { return slices.Index(w.events, event) }
	for i := range 3 {
		require.Less(t, at(fmt.Sprintf("puppet storage-%d", i)), at(fmt.Sprintf("signal storage-%d", i)))
		require.Less(t, at(fmt.Sprintf("signal storage-%d", i)), at("gluster_pool storage-0"))
	}
	require.Equal(t, []string{"gluster_pool storage-0", "gluster_volume storage-0", "gluster_verify storage-0"}, w.events[len(w.events)-3:])
	require.Equal(t, 1, w.provider.launches)
}

func TestSignalThatNeverComes(t *testing.T) {
	w := newWorld(t)
	w.action("puppet", nil)
	w.RegisterDelayedCallback(func() { w.signal("storage-0", "glusterup") }, time.Second)
	_, err := w.run(t, deploy.Request{Blueprint: "glusterfs"})
	var application *temporal.ApplicationError
	require.ErrorAs(t, err, &application)
	require.Equal(t, string(deploy.KindTimeout), application.Type())
	require.True(t, application.NonRetryable())
	require.Contains(t, application.Message(), "glusterup on storage-1: storage-1 did not signal glusterup within 10m")
	require.Equal(t, deploy.StateFailed, w.status(t).State)
	require.Equal(t, deploy.StepSkipped, w.step(t, "pool", "storage-0").State)
}

func TestSignalsBeforeThePlanAreKept(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"puppet", "gluster_pool", "gluster_volume", "gluster_verify"} {
		w.action(name, nil)
	}
	w.OnActivity("Plan", mock.Anything, mock.Anything).Return(func(ctx context.Context, in activities.PlanInput) (*deploy.Plan, error) {
		w.signal("storage-0", "glusterup")
		w.signal("nobody-7", "glusterup")
		w.signal("storage-1", "glusterup")
		b, err := deploy.ReadBlueprint("glusterfs", builtin(t, "glusterfs"), activities.Types())
		if err != nil {
			return nil, err
		}
		return b.Plan(in.Deployment, in.Request, "docker", nil)
	})
	_, err := w.run(t, deploy.Request{Blueprint: "glusterfs"})
	require.NoError(t, err)
}

func builtin(t *testing.T, name string) []byte {
	t.Helper()
	text, ok := deploy.Builtin(name)
	require.True(t, ok)
	return text
}

func TestWrongRequestFailsAtOnce(t *testing.T) {
	for name, request := range map[string]deploy.Request{
		"parameters.nodes":  {Blueprint: "glusterfs", Parameters: map[string]any{"nodes": "abc"}},
		"parameters.noodes": {Blueprint: "glusterfs", Parameters: map[string]any{"noodes": 3}},
		"blueprint":         {Blueprint: "nothing"},
		"provider":          {Blueprint: "glusterfs", Provider: "mars"},
		"on_failure":        {Blueprint: "glusterfs", OnFailure: "panic"},
		"profile":           {Blueprint: "x", Source: "name: x\ngroups:\n  web: {count: 1, profile: huge}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.run(t, request)
			var application *temporal.ApplicationError
			require.ErrorAs(t, err, &application)
			require.Equal(t, string(deploy.KindInvalidRequest), application.Type())
			require.True(t, application.NonRetryable())
			require.Contains(t, application.Message(), name)
			require.Zero(t, w.provider.launches)
		})
	}
}

func TestDeployAgainAndGrow(t *testing.T) {
	p := &provider{}
	for i, nodes := range []int{3, 3, 5} {
		w := newWorld(t)
		w.provider.existing = p.existing
		w.action("puppet", func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
			w.RegisterDelayedCallback(func() { w.signal(in.Node.Name, "glusterup") }, time.Second)
			return activities.ActionResult{}, nil
		})
		for _, name := range []string{"gluster_pool", "gluster_volume", "gluster_verify"} {
			w.action(name, nil)
		}
		outcome, err := w.run(t, deploy.Request{Blueprint: "glusterfs", Parameters: map[string]any{"nodes": nodes}})
		require.NoError(t, err)
		require.Len(t, outcome.Nodes, nodes)
		want := [][]string{{"launched storage-0", "launched storage-1", "launched storage-2"}, {}, {"launched storage-3", "launched storage-4"}}
		require.Equal(t, want[i], outcome.Changes)
		p = w.provider
	}
	w := newWorld(t)
	w.provider.existing = p.existing
	_, err := w.run(t, deploy.Request{Blueprint: "glusterfs", Parameters: map[string]any{"nodes": 2}})
	var application *temporal.ApplicationError
	require.ErrorAs(t, err, &application)
	require.Equal(t, string(deploy.KindInvalidRequest), application.Type())
	require.Contains(t, application.Message(), "parameters.nodes")
	require.Contains(t, application.Message(), "5")
}

const twoGroups = `
name: two
groups:
  a: {count: 1, profile: small-x86_64}
  b: {count: 2, profile: small-x86_64}
steps:
  asks:
    on: a
    run: {script: "echo ${b[1].word}"}
  tells:
    on: b
    run: {script: "echo"}
outputs:
  word: "${b[1].word}"
`

func TestStepWaitsForTheFactItRefersTo(t *testing.T) {
	w := newWorld(t)
	w.action("run", func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
		if in.Step == "tells" {
			return activities.ActionResult{Facts: map[string]any{"word": "hello"}}, nil
		}
		w.did(fmt.Sprint(in.Config["script"]))
		return activities.ActionResult{}, nil
	})
	outcome, err := w.run(t, deploy.Request{Blueprint: "two", Source: twoGroups})
	require.NoError(t, err)
	require.Equal(t, "hello", outcome.Outputs["word"])
	at := slices.Index(w.events, "run a-0")
	require.Greater(t, at, slices.Index(w.events, "run b-1"))
	require.Equal(t, "echo hello", w.events[at+1])
}

func TestFailedStepStopsWhatHasNotBegun(t *testing.T) {
	w := newWorld(t)
	w.action("puppet", func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
		if in.Node.Index == 1 {
			f := deploy.Failure{Kind: deploy.KindPuppet, Step: in.Step, Node: in.Node.Name, Message: "1 resource failed", Evidence: []string{"Package[x]: no such package"}}
			return activities.ActionResult{}, temporal.NewApplicationErrorWithOptions(f.Error(), string(f.Kind), temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{f}})
		}
		return activities.ActionResult{}, nil
	})
	_, err := w.run(t, deploy.Request{Blueprint: "glusterfs", Parameters: map[string]any{"nodes": 3}})
	var application *temporal.ApplicationError
	require.ErrorAs(t, err, &application)
	require.Equal(t, string(deploy.KindPuppet), application.Type())
	require.Contains(t, application.Message(), "configure on storage-1: 1 resource failed\n  Package[x]: no such package")
	var failures []deploy.Failure
	require.NoError(t, application.Details(&failures))
	require.Equal(t, "storage-1", failures[0].Node)
	require.NotContains(t, strings.Join(w.events, "\n"), "gluster_pool")
	require.Equal(t, deploy.StepFailed, w.step(t, "configure", "storage-1").State)
	require.Equal(t, deploy.StepSkipped, w.step(t, "verify", "storage-0").State)
}

func TestRetryableErrorIsRetried(t *testing.T) {
	w := newWorld(t)
	w.glusterfs()
	tries := 0
	w.OnActivity("Launch", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.LaunchInput) (activities.LaunchResult, error) {
		if tries++; tries < 3 {
			return activities.LaunchResult{}, errors.New("the cloud is away")
		}
		var all activities.LaunchResult
		for _, n := range in.Nodes {
			all.Instances = append(all.Instances, deploy.Instance{Node: n.Name, Hostname: n.Hostname})
		}
		return all, nil
	})
	_, err := w.run(t, deploy.Request{Blueprint: "glusterfs"})
	require.NoError(t, err)
	require.Equal(t, 3, tries)
}

func TestCancel(t *testing.T) {
	w := newWorld(t)
	w.action("puppet", nil)
	w.RegisterDelayedCallback(w.CancelWorkflow, time.Minute)
	_, err := w.run(t, deploy.Request{Blueprint: "glusterfs"})
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Equal(t, deploy.StateCancelled, w.status(t).State)
}

func TestDestroy(t *testing.T) {
	w := newWorld(t)
	w.provider.existing = []deploy.Instance{{Node: "storage-0", Group: "storage"}, {Node: "storage-1", Group: "storage", Index: 1}}
	w.ExecuteWorkflow(workflows.Destroy, deploy.DestroyRequest{})
	require.NoError(t, w.GetWorkflowError())
	var outcome deploy.Outcome
	require.NoError(t, w.GetWorkflowResult(&outcome))
	require.Equal(t, deploy.StateDestroyed, outcome.State)
	require.Equal(t, []string{"removed storage-0", "removed storage-1"}, outcome.Changes)
}

const crowd = `
name: crowd
groups:
  many: {count: 250, profile: small-x86_64}
  one: {count: 1, profile: small-x86_64}
steps:
  wait:
    on: many
    await: {signal: go}
  tell:
    on: one
    run: {script: "true"}
`

// TestWaitingStepsLeaveRoom: more steps wait than may be in flight, for one that
// has not begun.
func TestWaitingStepsLeaveRoom(t *testing.T) {
	t.Cleanup(workflows.SetSlicing(1000, 100, 1000))
	w := newWorld(t)
	// The one that tells is reached last, when all others wait already.
	w.OnActivity("Connect", mock.Anything, mock.MatchedBy(func(in activities.ConnectInput) bool { return in.Node.Group == "one" })).
		Return(activities.ConnectResult{}, nil).After(time.Minute).Once()
	w.action("run", func(activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
		w.RegisterDelayedCallback(func() {
			for i := range 250 {
				w.signal(fmt.Sprintf("many-%d", i), "go")
			}
		}, time.Second)
		return activities.ActionResult{}, nil
	})
	outcome, err := w.run(t, deploy.Request{Blueprint: "crowd", Source: crowd})
	require.NoError(t, err)
	require.Equal(t, deploy.StateDone, outcome.State)
}

func TestDestroyWhatHoldsData(t *testing.T) {
	for name, c := range map[string]struct {
		confirm string
		disks   []deploy.Disk
		done    bool
	}{
		"confirmed":           {"pool", []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 1}}, true},
		"not confirmed":       {"", []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 1}}, false},
		"another name":        {"pond", nil, false},
		"nothing to confirm":  {"", nil, true},
		"confirmed in excess": {"pool", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.provider.existing = []deploy.Instance{{Node: "storage-0", Group: "storage", Disks: c.disks}}
			w.ExecuteWorkflow(workflows.Destroy, deploy.DestroyRequest{Confirm: c.confirm})
			if c.done {
				require.NoError(t, w.GetWorkflowError())
				require.Empty(t, w.provider.existing)
				return
			}
			failed(t, w.GetWorkflowError(), deploy.KindInvalidRequest, "confirm")
			require.Len(t, w.provider.existing, 1)
		})
	}
}
