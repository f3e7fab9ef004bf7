package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/workflows"
)

// TestCancelledWhileItLaunches: a rollback that begins before a launch that was
// under way has ended would not find the machines that come of it.
func TestCancelledWhileItLaunches(t *testing.T) {
	c := startServer(t)
	p := &provider{}
	began, ended := make(chan struct{}), make(chan struct{})
	deeds := &activities.Deeds{
		Providers: map[string]activities.Provider{"docker": p}, DefaultProvider: "docker",
		UserData: func(string, deploy.NodeSpec) ([]byte, error) { return nil, nil },
	}
	w := worker.New(c, workflows.TaskQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	as := func(name string, f any) { w.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name}) }
	as("Plan", deeds.Plan)
	as("Find", deeds.Find)
	as("Terminate", deeds.Terminate)
	as("Launch", func(ctx context.Context, in activities.LaunchInput) (activities.LaunchResult, error) {
		defer close(ended)
		close(began)
		// The provider has taken the call, and answers in its own time.
		time.Sleep(time.Second)
		return deeds.Launch(ctx, in)
	})
	require.NoError(t, w.Start())
	defer w.Stop()
	request := blueprint("  s: {on: db, run: {script: x}}\n")
	request.OnFailure = deploy.OnFailureRollback
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "pool", TaskQueue: workflows.TaskQueue}, workflows.DeployType, request)
	require.NoError(t, err)
	<-began
	require.NoError(t, c.CancelWorkflow(t.Context(), "pool", ""))
	require.Error(t, run.Get(t.Context(), nil))
	<-ended
	left, err := p.Find(t.Context(), "pool")
	require.NoError(t, err)
	require.Empty(t, left, "it was rolled back, and machines of it are there")
}
