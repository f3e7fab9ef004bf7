package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"aiolos/deploy"
	"aiolos/lab/labtest"
	"aiolos/workflows"
)

func TestDeployNamed(t *testing.T) {
	w := newWorld(t)
	w.RegisterWorkflow(workflows.DeployNamed)
	w.broken(nil)
	w.SetStartWorkflowOptions(startOptions("nightly-2026-01-01"))
	w.ExecuteWorkflow(workflows.DeployNamed, workflows.NamedRequest{Deployment: "pool", Request: blueprint(chain)})
	require.NoError(t, w.GetWorkflowError())
	var outcome deploy.Outcome
	require.NoError(t, w.GetWorkflowResult(&outcome))
	require.Equal(t, "pool", outcome.Deployment)
	require.Equal(t, deploy.StateDone, outcome.State)
}

func TestDeployNamedFailsAsDeploy(t *testing.T) {
	w := newWorld(t)
	w.RegisterWorkflow(workflows.DeployNamed)
	w.broken(map[string]bool{"first web-1": true})
	request := blueprint(chain)
	request.OnFailure = deploy.OnFailureFail
	w.SetStartWorkflowOptions(startOptions("nightly"))
	w.ExecuteWorkflow(workflows.DeployNamed, workflows.NamedRequest{Deployment: "pool", Request: request})
	failed(t, w.GetWorkflowError(), deploy.KindJob, "first on web-1: it is broken")
}

func TestDeployNamedRefuses(t *testing.T) {
	nodes := deploy.Request{Blueprint: "nodes"}
	for words, named := range map[string]workflows.NamedRequest{
		"deployment": {Request: nodes},
		"nonesuch":   {Deployment: "pool", Request: deploy.Request{Blueprint: "nonesuch"}},
		"own ID":     {Deployment: "nightly", Request: nodes},
	} {
		t.Run(words, func(t *testing.T) {
			w := newWorld(t)
			w.RegisterWorkflow(workflows.DeployNamed)
			w.SetStartWorkflowOptions(startOptions("nightly"))
			w.ExecuteWorkflow(workflows.DeployNamed, named)
			failed(t, w.GetWorkflowError(), deploy.KindInvalidRequest, words)
		})
	}
}

// TestDeployNamedBesideAnother is told by a real server: one operation at a time.
func TestDeployNamedBesideAnother(t *testing.T) {
	c := labtest.Dial(t, labtest.StartServer(t, nil))
	// Nobody works on this one, so it runs for as long as the test.
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "pool", TaskQueue: "idle"}, workflows.DeployType, deploy.Request{Blueprint: "nodes"})
	require.NoError(t, err)
	w := worker.New(c, "named", worker.Options{})
	w.RegisterWorkflow(workflows.DeployNamed)
	require.NoError(t, w.Start())
	defer w.Stop()
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "nightly", TaskQueue: "named"}, workflows.DeployNamedType,
		workflows.NamedRequest{Deployment: "pool", Request: deploy.Request{Blueprint: "nodes"}})
	require.NoError(t, err)
	failed(t, run.Get(t.Context(), nil), deploy.KindConflict, "an operation on pool runs already")
}
