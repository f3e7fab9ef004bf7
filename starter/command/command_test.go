package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.uber.org/goleak"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/starter/command"
	"aiolos/starter/operation"
	"aiolos/starter/temporaltest"
	"aiolos/starter/view"
	"aiolos/workflows"
)

func TestMain(m *testing.M) {
	if address := os.Getenv(watchVariable); address != "" {
		_ = os.Setenv("TEMPORAL_ADDRESS", address)
		os.Exit(watchAtTerminal())
	}
	goleak.VerifyTestMain(m)
}

// bench runs command lines against a server of the test's own.
type bench struct {
	server  *temporaltest.Server
	env     map[string]string
	size    *view.Size // of the terminal; nil where there is none
	context context.Context
	// ask answers what is not shown while it is typed; nil where there is nobody.
	ask func(ctx context.Context, prompt string) (string, error)
	// types answers what is shown; nil where there is nobody.
	types func(ctx context.Context, prompt string) (string, error)
}

func newBench(t *testing.T) *bench {
	t.Helper()
	server := temporaltest.Start(t)
	t.Setenv("TEMPORAL_ADDRESS", server.Address)
	t.Setenv("TEMPORAL_CONFIG_FILE", os.DevNull)
	return &bench{server: server, env: map[string]string{}, context: t.Context()}
}

// result is how a command line ended.
type result struct {
	code     int
	out, err string
}

func (b *bench) run(args ...string) result {
	var out, err safe
	code := command.Run(b.context, command.Setting{
		Out: &out, Err: &err, Getenv: func(name string) string { return b.env[name] },
		Terminal: func() (view.Size, bool) {
			if b.size == nil {
				return view.Size{}, false
			}
			return *b.size, true
		},
		Ask: b.ask, Type: b.types, User: "me@here",
		Dial: operation.Dial, Actions: activities.Types(),
		Pace: operation.Pace{Least: 10 * time.Millisecond, Most: 50 * time.Millisecond, GiveUp: time.Second},
	}, args)
	return result{code, out.String(), err.String()}
}

// safe is a buffer that several goroutines may write to.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func fails(kind deploy.Kind, failures ...deploy.Failure) error {
	return temporal.NewApplicationErrorWithOptions("it failed", string(kind), temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{failures}})
}

func now() *time.Time {
	t := time.Now()
	return &t
}

// deploys plays a worker that carries a deployment out.
func deploys(r *temporaltest.Run) {
	s := deploy.Status{Deployment: "pool", Blueprint: "glusterfs", Provider: "docker", State: deploy.StateRunning}
	s.Nodes = []deploy.NodeStatus{{Name: "storage-0", Group: "storage", Address: "10.0.0.1", Hostname: "pool-storage-0"}}
	s.Steps = []deploy.StepStatus{{Name: "launch", Node: "storage-0", State: deploy.StepRunning, Attempts: 1, Started: now()}}
	r.Says(s)
	s.Steps = []deploy.StepStatus{{Name: "launch", Node: "storage-0", State: deploy.StepDone, Attempts: 1, Started: now(), Finished: now(), Message: "launched"}}
	s.State = deploy.StateDone
	r.Says(s)
	r.Complete(deploy.Outcome{
		Deployment: "pool", Blueprint: "glusterfs", State: deploy.StateDone, Nodes: s.Nodes,
		Outputs: map[string]any{"mount": "pool-storage-0:/vol01"}, Changes: []string{"launched storage-0"},
	})
}

func TestDeploy(t *testing.T) {
	b := newBench(t)
	b.server.OnStart = deploys
	r := b.run("deploy", "pool", "glusterfs", "-p", "nodes=3")
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.out, "pool: Done, 1 change\n  launched storage-0\n")
	require.Contains(t, r.out, "storage-0  10.0.0.1  pool-storage-0\n")
	require.Contains(t, r.out, "mount: pool-storage-0:/vol01\n")
	require.Contains(t, r.err, "launch on storage-0: done in 0.0 s, launched\n")
	require.NotContains(t, r.err, "\x1b")

	started := b.server.Runs("pool")[0].Started()
	require.Equal(t, workflows.DeployType, started.GetWorkflowType().GetName())
	require.Equal(t, workflows.TaskQueue, started.GetTaskQueue().GetName())
	require.JSONEq(t, `{"blueprint": "glusterfs", "parameters": {"nodes": "3"}}`, string(started.GetInput().GetPayloads()[0].GetData()))
	require.Equal(t, `"glusterfs, nodes=3"`, string(started.GetUserMetadata().GetSummary().GetData()))
}

func TestDeployOnATerminal(t *testing.T) {
	b := newBench(t)
	b.server.OnStart = deploys
	b.size = &view.Size{Width: 80, Height: 24}
	r := b.run("deploy", "pool", "glusterfs", "--json")
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.err, "\x1b[32m✓ launch 0.0 s: launched\x1b[0m")
	require.NotContains(t, r.out, "\x1b")
	b.env["NO_COLOR"] = "1"
	r = b.run("deploy", "pool", "glusterfs", "--json")
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.err, "✓ launch 0.0 s: launched")
	require.NotContains(t, r.err, "\x1b[32m")
	var outcome deploy.Outcome
	require.NoError(t, json.Unmarshal([]byte(r.out), &outcome))
	require.Equal(t, []string{"launched storage-0"}, outcome.Changes)
}

func TestDetach(t *testing.T) {
	b := newBench(t)
	b.env["AIOLOS_TASK_QUEUE"] = "mine"
	r := b.run("deploy", "pool", "glusterfs", "--detach")
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.out, "aiolos watch pool")
	require.Equal(t, "mine", b.server.Runs("pool")[0].Started().GetTaskQueue().GetName())

	r = b.run("deploy", "pool", "glusterfs")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "Deploy runs on pool already; follow it with: aiolos watch pool")
	r = b.run("destroy", "pool")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "Deploy runs on pool already")

	r = b.run("deploy", "two", "glusterfs", "--detach", "--json", "--task-queue", "yours")
	require.Equal(t, 0, r.code, r.err)
	require.JSONEq(t, `{"deployment": "two", "workflow_type": "Deploy", "run_id": "run-2"}`, r.out)
	require.Equal(t, "yours", b.server.Runs("two")[0].Started().GetTaskQueue().GetName())
}

func TestFailures(t *testing.T) {
	b := newBench(t)
	b.server.OnStart = func(r *temporaltest.Run) {
		r.Fail(fails(deploy.KindPuppet, deploy.Failure{Kind: deploy.KindPuppet, Step: "configure", Node: "storage-1", Message: "1 resource failed", Evidence: []string{"Package[x]: no such package"}}))
	}
	r := b.run("deploy", "pool", "glusterfs")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "  configure on storage-1: 1 resource failed\n      Package[x]: no such package\n")
	require.Empty(t, r.out)
	r = b.run("deploy", "pool", "glusterfs", "--json")
	require.Equal(t, 1, r.code)
	require.JSONEq(t, `{"deployment": "pool", "state": "Failed", "failures": [
		{"kind": "Puppet", "step": "configure", "node": "storage-1", "message": "1 resource failed", "evidence": ["Package[x]: no such package"]}]}`, r.out)
	r = b.run("watch", "pool", "--json")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.out, "no such package")
}

func TestNeedsAttention(t *testing.T) {
	b := newBench(t)
	b.server.OnStart = func(r *temporaltest.Run) {
		r.Says(deploy.Status{Deployment: "pool", State: deploy.StateNeedsAttention, Failures: []deploy.Failure{{Kind: deploy.KindJob, Step: "run", Node: "web-0", Message: "exit code 7"}}})
	}
	r := b.run("deploy", "pool", "glusterfs")
	require.Equal(t, 3, r.code)
	require.Contains(t, r.err, "pool: NeedsAttention\n  run on web-0: exit code 7\n")
}

func TestTheWorkerRefuses(t *testing.T) {
	b := newBench(t)
	b.server.OnStart = func(r *temporaltest.Run) {
		r.Fail(fails(deploy.KindInvalidRequest, deploy.Failure{Kind: deploy.KindInvalidRequest, Message: `provider: found "mars"; allowed: docker`}))
	}
	r := b.run("deploy", "pool", "glusterfs", "--provider", "mars")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, `provider: found "mars"; allowed: docker`)
}

func TestWrongInput(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"deploy", "bad", "glusterfs", "-p", "nodes=0"}, []string{"parameters.nodes", `"0"`}},
		{[]string{"deploy", "bad", "glusterfs", "-p", "nodes=abc"}, []string{"parameters.nodes", `"abc"`, "integer"}},
		{[]string{"deploy", "bad", "glusterfs", "-p", "node=3"}, []string{"parameters.node", "nodes"}},
		{[]string{"deploy", "bad", "glusterfz"}, []string{"blueprint", "glusterfz", "glusterfs"}},
		{[]string{"deploy", "bad", "glusterfs", "-p", "volume=;rm -rf /"}, []string{"parameters.volume", ";rm -rf /"}},
		{[]string{"deploy", "Bad_Name", "glusterfz", "-p", "nodes"}, []string{"Bad_Name", "glusterfz", `"nodes"`}},
		{[]string{"deploy", "bad", "glusterfs", "-p", "nodes=2", "-p", "nodes=3"}, []string{"parameters.nodes", `"a second value"`}},
		{[]string{"deploy", "bad", "glusterfs", "-p", "=3"}, []string{"key=value"}},
		{[]string{"deploy", "bad", "glusterfs", "--provider", "MARS;"}, []string{"provider", "MARS;"}},
		{[]string{"deploy", "bad", "./missing.yaml"}, []string{"./missing.yaml", "no such file"}},
		{[]string{"deploy", "bad", "missing.yml"}, []string{"missing.yml", "no such file"}},
		{[]string{"deploy", "bad", dir + "/"}, []string{"is a directory"}},
		{[]string{"deploy", "bad", file("empty.yaml", "")}, []string{"empty"}},
		{[]string{"deploy", "bad", file("broken.yaml", "name: [")}, nil},
		{[]string{"deploy", "bad", file("long.yaml", strings.Repeat("# long\n", 100_000))}, []string{"524288"}},
		{[]string{"deploy", "bad"}, []string{"BLUEPRINT is missing", "aiolos deploy --help"}},
		{[]string{"deploy", "bad", "glusterfs", "more"}, []string{`"more"`}},
		{[]string{"deploy", "bad", "glusterfs", "--never"}, []string{"--never"}},
		{[]string{"destroy", "Bad_Name"}, []string{"Bad_Name"}},
		{[]string{"status", "Bad_Name"}, []string{"Bad_Name"}},
		{[]string{"watch", "Bad_Name"}, []string{"Bad_Name"}},
		{[]string{"list", "more"}, []string{`"more"`}},
		{[]string{"depoly"}, []string{"did you mean deploy"}},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			r := b.run(c.args...)
			require.Equal(t, 2, r.code, "%s", r.err)
			require.NotEmpty(t, r.err)
			require.Empty(t, r.out)
			for _, says := range c.says {
				require.Contains(t, r.err, says)
			}
		})
	}
	require.Empty(t, b.server.Runs("bad"))
	r := b.run("deploy", "bad", "glusterfs", "-p", "nodes=abc", "--json")
	require.Equal(t, 2, r.code)
	var failed operation.FailedError
	require.NoError(t, json.Unmarshal([]byte(r.out), &failed))
	require.Equal(t, deploy.KindInvalidRequest, failed.Failures[0].Kind)
}

func TestDeployOfAFile(t *testing.T) {
	b := newBench(t)
	const text = "name: web\ngroups:\n  web: {count: 2, profile: small-x86_64}\nsteps:\n  hello:\n    on: web\n    run: {script: echo hello}\n"
	path := filepath.Join(t.TempDir(), "other.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	r := b.run("deploy", "mine", path, "--detach")
	require.Equal(t, 0, r.code, r.err)
	var sent deploy.Request
	require.NoError(t, json.Unmarshal(b.server.Runs("mine")[0].Started().GetInput().GetPayloads()[0].GetData(), &sent))
	require.Equal(t, deploy.Request{Blueprint: "web", Source: text}, sent)
}

func TestInterrupted(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.context = ctx
	b.server.OnStart = func(r *temporaltest.Run) {
		r.Says(deploy.Status{Deployment: "pool", State: deploy.StateRunning})
		cancel()
	}
	r := b.run("deploy", "pool", "glusterfs")
	require.Equal(t, 130, r.code)
	require.Contains(t, r.err, "pool")
	require.Regexp(t, "aiolos (watch|status) pool", r.err)
}

func TestDestroy(t *testing.T) {
	b := newBench(t)
	b.server.Add("pool", workflows.DeployType).With(workflows.ProviderAttribute, "docker").Complete(deploy.Outcome{})
	outcome := deploy.Outcome{Deployment: "pool", State: deploy.StateDestroyed, Changes: []string{"removed storage-0"}}
	b.server.OnStart = func(r *temporaltest.Run) { r.Complete(outcome) }
	r := b.run("destroy", "pool")
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, "pool: Destroyed, 1 change\n  removed storage-0\n", r.out)
	started := b.server.Runs("pool")[1].Started()
	require.Equal(t, workflows.DestroyType, started.GetWorkflowType().GetName())
	require.JSONEq(t, `{"provider": "docker"}`, string(started.GetInput().GetPayloads()[0].GetData()), "where it was deployed")

	outcome.Changes = nil
	r = b.run("destroy", "pool", "--provider", "hosts")
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, "pool: Destroyed, nothing was found to remove\n", r.out)
	require.JSONEq(t, `{"provider": "hosts"}`, string(b.server.Runs("pool")[2].Started().GetInput().GetPayloads()[0].GetData()))
}

func TestStatus(t *testing.T) {
	b := newBench(t)
	r := b.run("status", "nobody")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "no deployment of that name")

	run := b.server.Add("pool", workflows.DeployType).With(workflows.StateAttribute, "Running").With(workflows.BlueprintAttribute, "glusterfs")
	r = b.run("status", "pool")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.out, "pool: Running for")
	require.Contains(t, r.out, "no worker answers on the task queue aiolos")
	r = b.run("status", "pool", "--json")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "no worker answers")
	require.JSONEq(t, `{"deployment": "pool", "blueprint": "glusterfs", "provider": "", "state": "Running", "nodes": [], "steps": [], "outputs": {}, "changes": []}`, r.out)

	deploys(run)
	r = b.run("status", "pool", "--json")
	require.Equal(t, 0, r.code, r.err)
	var status deploy.Status
	require.NoError(t, json.Unmarshal([]byte(r.out), &status))
	require.Equal(t, deploy.StateDone, status.State)
	require.Equal(t, "10.0.0.1", status.Nodes[0].Address)
	r = b.run("status", "pool")
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.out, "pool: Done after")
}

func TestList(t *testing.T) {
	b := newBench(t)
	r := b.run("list")
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.out, "No deployments")
	r = b.run("list", "--json")
	require.JSONEq(t, `[]`, r.out)
	for i := range 3 {
		b.server.Add(fmt.Sprintf("pool-%d", i), workflows.DeployType).With(workflows.StateAttribute, "Done").With(workflows.NodesAttribute, i+1).Complete(deploy.Outcome{})
	}
	b.server.Add("pool-1", workflows.DestroyType).With(workflows.StateAttribute, "Destroyed").Complete(deploy.Outcome{})
	r = b.run("list")
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.out, "pool-0")
	require.NotContains(t, r.out, "pool-1")
	r = b.run("list", "--all")
	require.Contains(t, r.out, "pool-1  Destroyed")
}

func TestUnreachable(t *testing.T) {
	b := newBench(t)
	b.server.Stop()
	r := b.run("list")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, b.server.Address)
	require.Contains(t, r.err, "aiolos-lab up")
}

func TestVersion(t *testing.T) {
	r := newBench(t).run("version")
	require.Equal(t, 0, r.code)
	require.True(t, strings.HasPrefix(r.out, "aiolos "), r.out)
}

func TestExitCodes(t *testing.T) {
	failed := func(state deploy.State, kinds ...deploy.Kind) error {
		e := &operation.FailedError{State: state}
		for _, k := range kinds {
			e.Failures = append(e.Failures, deploy.Failure{Kind: k})
		}
		return fmt.Errorf("wrapped: %w", e)
	}
	for _, c := range []struct {
		err  error
		code int
	}{
		{nil, command.ExitDone},
		{fmt.Errorf("anything"), command.ExitFailed},
		{&operation.UnreachableError{Cause: context.DeadlineExceeded}, command.ExitFailed},
		{&operation.RunningError{}, command.ExitFailed},
		{&operation.UnknownError{}, command.ExitFailed},
		{&deploy.InvalidError{}, command.ExitWrongInput},
		{failed(deploy.StateFailed), command.ExitFailed},
		{failed(deploy.StateFailed, deploy.KindPuppet), command.ExitFailed},
		{failed(deploy.StateFailed, deploy.KindInvalidRequest), command.ExitWrongInput},
		{failed(deploy.StateFailed, deploy.KindInvalidRequest, deploy.KindJob), command.ExitFailed},
		{failed(deploy.StateNeedsAttention, deploy.KindInvalidRequest), command.ExitNeedsAttention},
		{context.Canceled, command.ExitInterrupted},
	} {
		require.Equal(t, c.code, command.ExitCode(c.err), "%v", c.err)
	}
}
