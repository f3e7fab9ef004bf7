package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"aiolos/activities"
	"aiolos/codec"
	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/remote"
	"aiolos/internal/telemetry"
	"aiolos/lab/labtest"
	"aiolos/workflows"
)

// rig is a worker on a real Temporal server, with machines that are made up.
type rig struct {
	temporal client.Client
	see      seen
	deeds    *activities.Deeds
	log      *lockedBuffer
	worker   worker.Worker
}

// newRig starts a worker as the program does. Notifications are told as configured.
func newRig(t *testing.T, notify ...config.Notification) *rig {
	t.Helper()
	t.Setenv("TEMPORAL_ADDRESS", labtest.StartServer(t, workflows.SearchAttributes()))
	t.Setenv("TEMPORAL_CONFIG_FILE", os.DevNull)
	r := &rig{log: &lockedBuffer{}}
	log := telemetry.NewLog(r.log, "json", "debug")
	var err error
	r.see, err = letSee(t.Context(), log)
	require.NoError(t, err)
	r.temporal, _, err = connect(log, r.see, codec.Plain())
	require.NoError(t, err)
	r.deeds = &activities.Deeds{
		Providers: map[string]activities.Provider{"docker": &machines{}}, DefaultProvider: "docker", Hosts: hostsOfAir{},
		UserData: func(string, deploy.NodeSpec) ([]byte, error) { return nil, nil },
	}
	told, err := newNotifications(t.Context(), config.Config{TaskQueue: workflows.TaskQueue, Notifications: notify}, r.temporal, r.see.metrics.Deliveries)
	require.NoError(t, err)
	if told != nil {
		r.deeds.Notifications = told
		t.Cleanup(func() { require.NoError(t, told.Close()) })
	}
	observed(r.deeds, r.see.metrics, r.see.tracing.Tracer())
	r.see.metrics.CountDeployments(countDeployments(r.temporal), log)
	r.start(t)
	t.Cleanup(func() {
		r.worker.Stop()
		r.temporal.Close()
		r.see.close()
	})
	return r
}

// start starts a worker; the one before has to have stopped.
func (r *rig) start(t *testing.T) {
	t.Helper()
	r.worker = worker.New(r.temporal, workflows.TaskQueue, worker.Options{WorkerStopTimeout: stopTimeout})
	require.NoError(t, register(r.worker, r.deeds))
	require.NoError(t, r.worker.Start())
}

// pair is a blueprint of two machines that only have to answer.
const pair = "name: pair\ngroups: {web: {count: 2, profile: small}}\n"

func (r *rig) deploy(ctx context.Context, t *testing.T, name, source string) client.WorkflowRun {
	t.Helper()
	run, err := r.temporal.ExecuteWorkflow(ctx, startOptions(name),
		workflows.DeployType, deploy.Request{Source: source, OnFailure: deploy.OnFailureFail})
	require.NoError(t, err)
	return run
}

// machines is a provider whose machines are entries of a list.
type machines struct {
	mu  sync.Mutex
	all []deploy.Instance
}

func (*machines) Profiles() []string              { return []string{"small"} }
func (*machines) Images() []string                { return nil }
func (*machines) Disks() map[string][]deploy.Disk { return nil }

func (m *machines) Find(context.Context, string) ([]deploy.Instance, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all, nil
}

func (m *machines) Launch(_ context.Context, _ string, nodes []deploy.Launch) ([]deploy.Instance, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range nodes {
		m.all = append(m.all, deploy.Instance{Node: n.Name, Group: n.Group, Index: n.Index, ID: "i-" + n.Name, Address: "192.0.2.1", Launched: true})
	}
	return m.all, nil
}

func (m *machines) Terminate(context.Context, string, []string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = nil
	return nil, nil
}

// hostsOfAir answer every command with nothing.
type hostsOfAir struct{}

func (hostsOfAir) Runner(string, deploy.Node) remote.Runner { return hostsOfAir{} }

func (hostsOfAir) Await(context.Context, string, deploy.Node, func(string)) error { return nil }

func (hostsOfAir) Run(context.Context, remote.Command) (remote.Result, error) {
	return remote.Result{Stdout: []byte("boot\n")}, nil
}

// lockedBuffer is what several write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.b.String()), "\n")
}

func startOptions(name string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{ID: name, TaskQueue: workflows.TaskQueue}
}

func addressOf(t *testing.T) string {
	t.Helper()
	return os.Getenv("TEMPORAL_ADDRESS")
}

// hostsWithOldJobs have jobs that cannot be removed, which the log tells.
type hostsWithOldJobs struct{ hostsOfAir }

func (hostsWithOldJobs) Runner(string, deploy.Node) remote.Runner { return hostsWithOldJobs{} }

func (hostsWithOldJobs) Run(_ context.Context, c remote.Command) (remote.Result, error) {
	if len(c.Args) > 0 {
		return remote.Result{Exit: 1, Stderr: []byte("busy")}, nil
	}
	return remote.Result{Stdout: []byte("boot\n")}, nil
}
