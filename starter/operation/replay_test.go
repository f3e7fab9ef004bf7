package operation_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

// begun is a run that was started as by deploy, with a first completed task: event 2.
func begun(t *testing.T, server *temporaltest.Server, c operation.Temporal) *temporaltest.Run {
	t.Helper()
	_, err := operation.Deploy(t.Context(), c, "queue", &deploy.Plan{Deployment: "pool"}, deploy.Request{Blueprint: "web", Parameters: map[string]any{"nodes": "3"}})
	require.NoError(t, err)
	return server.Runs("pool")[0].Did("task")
}

func failing(r *temporaltest.Run) { r.Fail(errors.New("it failed")) }

// TestWhereARunIsTakenUp counts events: 1 is the start, 2 the first task; an
// activity that ends takes two.
func TestWhereARunIsTakenUp(t *testing.T) {
	for name, c := range map[string]struct {
		did    string
		ends   func(*temporaltest.Run)
		from   string
		task   int64 // 0: started again
		before string
		// without says that decisions are not taken over.
		without bool
	}{
		"what failed":                  {"+a/n task -a/n task", failing, "", 2, "a/n", false},
		"what succeeded beside":        {"+a/m a/m task +a/n task -a/n task", failing, "", 6, "a/n", false},
		"what was begun first":         {"+a/n task +a/m -a/m task -a/n task", failing, "", 2, "a/n", false},
		"a second attempt that worked": {"+a/n -a/n task +a/n a/n task task +b/n -b/n task", failing, "", 11, "b/n", false},
		"what took too long":           {"+a/n late:a/n task", failing, "", 2, "a/n", false},
		"no plan":                      {"+plan -plan task", failing, "", 2, "plan", false},
		"a poll that is no step":       {"+7 -7 task +a/n task -a/n task", failing, "", 6, "a/n", false},
		"cancelled":                    {"+a/n task cancel task", func(r *temporaltest.Run) { r.Cancel() }, "", 4, "where it was cancelled", false},
		"cancelled at work":            {"+a/n a/n task +b/n +c/n task cancel task stop:b/n stop:c/n c/n", func(r *temporaltest.Run) { r.Cancel() }, "", 6, "b/n", false},
		"terminated":                   {"+a/n task", func(r *temporaltest.Run) { r.Terminate() }, "", 4, "where it ended", false},
		"terminated while it waited":   {"+a/n task -a/n task", func(r *temporaltest.Run) { r.Terminate() }, "", 2, "a/n", false},
		"timed out":                    {"+a/n a/n task +b/n", func(r *temporaltest.Run) { r.TimeOut() }, "", 6, "where it ended", false},
		"aborted":                      {"+a/n -a/n task !abort task", failing, "", 2, "a/n", true},
		"retried":                      {"+a/n -a/n task !retry task", failing, "", 2, "a/n", false},
		"further back":                 {"+a/n a/n task +b/n -b/n task", failing, "a", 2, "a", false},
		"rolled back":                  {"+a/n -a/n task +rollback/find rollback/find task", failing, "", 0, "", false},
		"nothing awaited came":         {"+a/n a/n task", failing, "", 0, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			server, client := connect(t)
			c.ends(begun(t, server, client).Did(c.did))
			taken, err := operation.Replay(t.Context(), client, "pool", c.from)
			require.NoError(t, err)
			require.Equal(t, operation.Replayed{Run: operation.Run{Deployment: "pool", Type: workflows.DeployType, ID: "run-2"}, Before: c.before}, taken)
			if c.task == 0 {
				require.Empty(t, server.Resets())
				require.Equal(t, "queue", server.Runs("pool")[1].Started().GetTaskQueue().GetName())
				var sent deploy.Request
				server.Runs("pool")[1].Input(&sent)
				require.Equal(t, "3", sent.Parameters["nodes"])
				return
			}
			reset := server.Resets()[0]
			require.Equal(t, c.task, reset.GetWorkflowTaskFinishEventId())
			require.Equal(t, "run-1", reset.GetWorkflowExecution().GetRunId())
			require.Equal(t, c.without, slices.Contains(reset.GetResetReapplyExcludeTypes(), enumspb.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE))
		})
	}
}

func TestWhatCannotBeTakenUp(t *testing.T) {
	server, c := connect(t)
	_, err := operation.Replay(t.Context(), c, "pool", "")
	var unknown *operation.UnknownError
	require.ErrorAs(t, err, &unknown)
	run := begun(t, server, c).Did("+a/n a/n +b/n -b/n")
	_, err = operation.Replay(t.Context(), c, "pool", "")
	var running *operation.RunningError
	require.ErrorAs(t, err, &running)
	failing(run)
	_, err = operation.Replay(t.Context(), c, "pool", "z")
	var invalid *deploy.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Contains(t, err.Error(), "a step that was begun: a, b")

	run.Irresettable()
	taken, err := operation.Replay(t.Context(), c, "pool", "")
	require.NoError(t, err)
	require.Contains(t, taken.String(), "was started again with the same input")
	server.Runs("pool")[1].Complete(deploy.Outcome{})
	_, err = operation.Replay(t.Context(), c, "pool", "")
	var done *operation.DoneError
	require.ErrorAs(t, err, &done)
}

func TestReplayOfDestroy(t *testing.T) {
	server, c := connect(t)
	_, err := operation.Destroy(t.Context(), c, "queue", "pool", deploy.DestroyRequest{Provider: "docker", Confirm: "pool"})
	require.NoError(t, err)
	failing(server.Runs("pool")[0].Did("task +terminate/a -terminate/a task"))
	_, err = operation.Replay(t.Context(), c, "pool", "")
	require.NoError(t, err)
	var sent deploy.DestroyRequest
	server.Runs("pool")[1].Input(&sent)
	require.Equal(t, deploy.DestroyRequest{Provider: "docker", Confirm: "pool"}, sent)
}

func TestBroken(t *testing.T) {
	server, c := connect(t)
	server.PageSize = 2
	failing(server.Add("b", workflows.DeployType))
	server.Add("a", workflows.DeployType).Terminate()
	failing(server.Add("mended", workflows.DeployType))
	server.Add("mended", workflows.DeployType).Complete(deploy.Outcome{})
	server.Add("running", workflows.DeployType)
	failing(server.Add("removing", workflows.DestroyType))
	broken, err := operation.Broken(t.Context(), c, "AiolosNodes > 2")
	require.NoError(t, err)
	var names []string
	for _, l := range broken {
		names = append(names, l.Deployment)
	}
	require.Equal(t, []string{"a", "b"}, names)
	require.Contains(t, server.Lists()[0], "'TimedOut') AND (AiolosNodes > 2)")
}
