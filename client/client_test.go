package client_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.uber.org/goleak"

	"aiolos/client"
	"aiolos/deploy"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// connect starts a server and dials it as a caller does.
func connect(t *testing.T) (*temporaltest.Server, *client.Client) {
	t.Helper()
	server := temporaltest.Start(t)
	t.Setenv("TEMPORAL_ADDRESS", server.Address)
	t.Setenv("TEMPORAL_CONFIG_FILE", "/dev/null")
	c, err := client.Dial(t.Context(), "")
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return server, c
}

func TestDeployAndWait(t *testing.T) {
	server, c := connect(t)
	request := client.Request{Blueprint: "nodes", Parameters: map[string]any{"nodes": 2.0}}
	operation, err := c.Deploy(t.Context(), "web", request)
	require.NoError(t, err)
	run := server.Runs("web")[0]
	require.Equal(t, workflows.DeployType, run.Type())
	require.Equal(t, "aiolos", run.Started().GetTaskQueue().GetName())
	var sent client.Request
	require.NoError(t, json.Unmarshal(run.Started().GetInput().GetPayloads()[0].GetData(), &sent))
	require.Equal(t, request, sent)

	run.Says(client.Status{Deployment: "web", State: deploy.StateRunning})
	var states []deploy.State
	outcome, err := operation.Follow(t.Context(), func(s client.Status) {
		if states = append(states, s.State); len(states) == 1 {
			run.Says(client.Status{Deployment: "web", State: deploy.StateDone})
			run.Complete(client.Outcome{Deployment: "web", State: deploy.StateDone, Changes: []string{"launched node-0"}})
		}
	})
	require.NoError(t, err)
	require.Equal(t, []string{"launched node-0"}, outcome.Changes)
	require.Equal(t, []deploy.State{deploy.StateRunning, deploy.StateDone}, states)

	again, err := c.Find(t.Context(), "web")
	require.NoError(t, err)
	require.Equal(t, operation.RunID(), again.RunID())
	known, err := again.Wait(t.Context())
	require.NoError(t, err)
	require.Equal(t, outcome, known)
}

func TestFailuresAreTyped(t *testing.T) {
	server, c := connect(t)
	_, err := c.Deploy(t.Context(), "no name", client.Request{Blueprint: "nodes"})
	var invalid *client.InvalidError
	require.ErrorAs(t, err, &invalid)
	_, err = c.Deploy(t.Context(), "web", client.Request{Blueprint: "nonesuch"})
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, "blueprint", invalid.Problems[0].Field)
	_, err = c.Destroy(t.Context(), "web", client.DestroyRequest{Provider: "no name"})
	require.ErrorAs(t, err, &invalid)
	require.Empty(t, server.Runs("web"), "nothing is started for what is wrong")
	_, err = c.Find(t.Context(), "web")
	var unknown *client.UnknownError
	require.ErrorAs(t, err, &unknown)

	operation, err := c.Deploy(t.Context(), "web", client.Request{Blueprint: "nodes"})
	require.NoError(t, err)
	_, err = c.Destroy(t.Context(), "web", client.DestroyRequest{})
	var running *client.RunningError
	require.ErrorAs(t, err, &running)
	require.Equal(t, operation.RunID(), running.ID)

	failures := []client.Failure{
		{Kind: deploy.KindPuppet, Step: "configure", Node: "node-0", Message: "broken", Evidence: []string{"its words"}},
		{Kind: deploy.KindJob, Step: "start", Node: "node-1", Message: "broken, too"},
	}
	server.Runs("web")[0].Fail(temporal.NewApplicationErrorWithOptions("message", string(deploy.KindStep), temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{failures},
	}))
	_, err = operation.Wait(t.Context())
	var failed *client.FailedError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, deploy.StateFailed, failed.State)
	require.Equal(t, failures, failed.Failures)
	var first *client.Failure
	require.ErrorAs(t, err, &first)
	require.Equal(t, failures[0], *first)
}

// TestAPersonIsNeeded: a program must not wait for what only a person can end.
func TestAPersonIsNeeded(t *testing.T) {
	server, c := connect(t)
	operation, err := c.Deploy(t.Context(), "web", client.Request{Blueprint: "nodes"})
	require.NoError(t, err)
	failure := client.Failure{Kind: deploy.KindLaunch, Step: deploy.StepLaunch, Node: "node-0", Message: "no capacity"}
	server.Runs("web")[0].Says(client.Status{Deployment: "web", State: deploy.StateNeedsAttention, Failures: []client.Failure{failure}})
	_, err = operation.Wait(t.Context())
	var failed *client.FailedError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, deploy.StateNeedsAttention, failed.State)
	require.Equal(t, []client.Failure{failure}, failed.Failures)
}
