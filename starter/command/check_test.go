package command_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/starter/command"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

// checks plays a worker that has found what is given.
func checks(found ...deploy.Difference) func(*temporaltest.Run) {
	outcome := deploy.Outcome{Deployment: "pool", Blueprint: "glusterfs", State: deploy.StateInSync, Differences: found,
		NotChecked: []deploy.Unchecked{{Step: "verify", Node: "storage-0", Because: "it would act"}}}
	if len(found) > 0 {
		outcome.State = deploy.StateDrifted
	}
	return func(r *temporaltest.Run) {
		r.Says(deploy.Status{Deployment: "pool", State: outcome.State})
		r.Complete(outcome)
	}
}

func TestCheckTellsByItsExitCode(t *testing.T) {
	b := newBench(t)
	b.server.OnStart = checks()
	r := b.run("deploy", "pool", "glusterfs", "--check")
	require.Equal(t, command.ExitDone, r.code, r.err)
	require.Contains(t, r.out, "pool: InSync, 0 differences, 1 step not checked")
	require.Contains(t, r.out, "not checked: verify on storage-0, because it would act")
	var sent deploy.Request
	b.server.Runs("pool")[0].Input(&sent)
	require.Equal(t, deploy.ModeCheck, sent.Mode)

	b.server.OnStart = checks(deploy.Difference{Step: "configure", Node: "storage-1", What: "Service[glusterd] is stopped\x1b[31m"})
	r = b.run("deploy", "pool", "glusterfs", "--check")
	require.Equal(t, command.ExitDrifted, r.code)
	require.Contains(t, r.out, "pool: Drifted, 1 difference")
	require.Contains(t, r.out, "configure on storage-1: Service[glusterd] is stopped")
	require.NotContains(t, r.out, "\x1b")

	r = b.run("watch", "pool", "--json")
	require.Equal(t, command.ExitDrifted, r.code)
	var outcome deploy.Outcome
	require.NoError(t, json.Unmarshal([]byte(r.out), &outcome))
	require.Equal(t, "Service[glusterd] is stopped\x1b[31m", outcome.Differences[0].What)
}

func TestAttach(t *testing.T) {
	b := newBench(t)
	r := b.run("deploy", "pool", "glusterfs", "-p", "nodes=2", "--detach", "--attach")
	require.Equal(t, command.ExitDone, r.code, "where nothing runs, it is a start like any other: %s", r.err)
	run := b.server.Runs("pool")[0]
	run.Says(deploy.Status{Deployment: "pool", State: deploy.StateDone})

	r = b.run("deploy", "pool", "glusterfs", "-p", "nodes=2", "--detach", "--attach", "--json")
	require.Equal(t, command.ExitDone, r.code, r.err)
	require.Contains(t, r.err, "Deploy runs on pool already; it is followed.")
	require.Contains(t, r.out, `"run-1"`)
	r = b.run("deploy", "pool", "glusterfs", "-p", "nodes=3", "--detach", "--attach")
	require.Contains(t, r.err, "was asked for something else")
	run.Complete(deploy.Outcome{Deployment: "pool", State: deploy.StateDone})
	require.Len(t, b.server.Runs("pool"), 1)

	b.server.Add("old", workflows.DestroyType)
	r = b.run("deploy", "old", "glusterfs", "--attach")
	require.Equal(t, command.ExitFailed, r.code)
	require.Contains(t, r.err, "Destroy runs on old already")
}
