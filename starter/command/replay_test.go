package command_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

func TestReplay(t *testing.T) {
	b := newBench(t)
	require.Equal(t, 1, b.run("replay", "pool").code)
	run := b.server.Add("pool", workflows.DeployType).Did("task +configure/storage-1 task -configure/storage-1 task")
	r := b.run("replay", "pool")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "Deploy runs on pool already")
	run.Fail(errors.New("it failed"))
	b.server.OnStart = deploys
	r = b.run("replay", "pool", "--from", "nothing")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "a step that was begun: configure")
	r = b.run("replay", "pool")
	require.Equal(t, 0, r.code, r.err)
	require.True(t, strings.HasPrefix(r.out, "Deploy of pool goes on before configure on storage-1\npool: Done, 1 change\n"), r.out)
	r = b.run("replay", "pool")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "pool is")
	for _, args := range [][]string{{}, {"a", "b"}, {"Pool"}, {"--all-failed", "pool"}, {"pool", "--yes"}, {"--all-failed", "--history", "x"}, {"--history", "none.json"}} {
		require.Equal(t, 2, b.run(append([]string{"replay"}, args...)...).code, "%q", args)
	}
}

func TestReplayDetached(t *testing.T) {
	b := newBench(t)
	b.server.Add("pool", workflows.DeployType).Did("task +configure/storage-1").Terminate()
	r := b.run("replay", "pool", "--detach", "--json")
	require.Equal(t, 0, r.code, r.err)
	require.JSONEq(t, `{"deployment": "pool", "workflow_type": "Deploy", "run_id": "run-2", "before": "where it ended"}`, r.out)
}

func TestReplayAll(t *testing.T) {
	b := newBench(t)
	r := b.run("replay", "--all-failed")
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, "Nothing to take up.\n", r.out)
	for _, name := range []string{"one", "two"} {
		b.server.Add(name, workflows.DeployType).Did("task").Terminate()
	}
	r = b.run("replay", "--all-failed")
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.out, "one")
	require.Contains(t, r.out, "To take up 2 deployments, add --yes.")
	b.types = answer("no")
	require.Contains(t, b.run("replay", "--all-failed").err, "Nothing was done.")
	require.Empty(t, b.server.Resets())

	b.server.OnStart = func(r *temporaltest.Run) {
		if r.ID() == "one" {
			r.Complete(deploy.Outcome{Deployment: "one", State: deploy.StateDone})
			return
		}
		r.Fail(fails(deploy.KindJob, deploy.Failure{Kind: deploy.KindJob, Step: "run", Node: "web-0", Message: "exit code 7"}))
	}
	b.types = answer("yes")
	r = b.run("replay", "--all-failed")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.out, "1 of 2 deployments brought to a good end")
	require.Len(t, b.server.Resets(), 2)
	r = b.run("replay", "--all-failed", "--yes", "--json")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.out, `"deployment": "two"`)
	require.NotContains(t, r.out, `"deployment": "one"`)
}

// TestReplayOfHistories holds recorded histories against today's workflows, and
// one that was tampered with, which has to be found out.
func TestReplayOfHistories(t *testing.T) {
	b := newBench(t)
	const plain = "../../workflows/testdata/histories/plain.json"
	r := b.run("replay", "--history", plain)
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.out, "goes the same way")
	text, err := os.ReadFile(plain)
	require.NoError(t, err)
	other := filepath.Join(t.TempDir(), "other.json")
	require.NoError(t, os.WriteFile(other, []byte(strings.ReplaceAll(string(text), `"launch/0"`, `"launch/9"`)), 0o600))
	r = b.run("replay", "--history", other, "--json")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.out, `"same": false`)
	require.Contains(t, r.err, "would go another way")
	require.Equal(t, 1, b.run("replay", "--history", "nobody").code)
}
