package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/workflows"
)

// looks replaces the look at scripts by f. Whatever would act fails the test.
func (w *world) looks(t *testing.T, f func(step, node string) (activities.CheckResult, error)) {
	t.Helper()
	for _, action := range []string{"puppet", "run", "gluster_pool", "gluster_volume", "gluster_verify"} {
		w.action(action, func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
			t.Errorf("%s on %s acted", in.Step, in.Node.Name)
			return activities.ActionResult{}, nil
		})
	}
	w.OnActivity(activities.CheckName("run"), mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ActionInput[activities.RunConfig]) (activities.CheckResult, error) {
			w.did(in.Step + " " + in.Node.Name)
			return f(in.Step, in.Node.Name)
		}).Maybe()
}

func checkOf(steps string) deploy.Request {
	r := blueprint(steps)
	r.Mode = deploy.ModeCheck
	// Whatever is asked for in case of a failure: a check pauses for nobody, and
	// has nothing to unmake.
	r.OnFailure = deploy.OnFailureRollback
	return r
}

// exist puts machines there.
func (w *world) exist(names ...deploy.Instance) { w.provider.existing = names }

func machine(group string, index int) deploy.Instance {
	name := group + "-" + string(rune('0'+index))
	return deploy.Instance{Node: name, Group: group, Index: index, ID: "id-" + name, Address: "192.0.2.1", Hostname: "pool-" + name}
}

func TestCheckFindsNothing(t *testing.T) {
	w := newWorld(t)
	w.exist(machine("web", 0), machine("web", 1), machine("web", 2), machine("db", 0))
	w.looks(t, func(string, string) (activities.CheckResult, error) { return activities.CheckResult{}, nil })
	outcome, err := w.run(t, checkOf(`
  second: {on: web, needs: [first], run: {script: x, unless: y}}
  first: {on: web, run: {script: x, unless: y}}
  never: {on: db, when: false, run: {script: x}}
`))
	require.NoError(t, err)
	require.Equal(t, deploy.StateInSync, outcome.State)
	require.Empty(t, outcome.Differences)
	require.Empty(t, outcome.NotChecked)
	require.Zero(t, w.provider.launches)
	require.Equal(t, 1, w.times("second web-2"))
	require.Equal(t, "as it shall be", w.step(t, "first", "web-1").Message)
	require.Equal(t, deploy.StepSkipped, w.step(t, "never", "db-0").State)
}

func TestCheckTellsWhatDiffers(t *testing.T) {
	w := newWorld(t)
	w.exist(machine("web", 0), machine("web", 2), machine("old", 0), machine("db", 0))
	w.looks(t, func(step, node string) (activities.CheckResult, error) {
		switch step + " " + node {
		case "first web-2":
			return activities.CheckResult{Differences: []string{"one", "two"}}, nil
		case "free db-0":
			return activities.CheckResult{Differences: []string{"a file"}, NotChecked: "it has no guard"}, nil
		}
		return activities.CheckResult{}, nil
	})
	outcome, err := w.run(t, checkOf(`
  first: {on: web, run: {script: x, unless: y}}
  free: {on: db, run: {script: x, outputs: [word]}}
  told: {on: "web[0]", run: {script: "${db[0].word}"}}
  ask: {on: db, approve: {message: "well?"}}
`))
	require.NoError(t, err)
	require.Equal(t, deploy.StateDrifted, outcome.State)
	require.Equal(t, []deploy.Difference{
		{Step: "launch", Node: "old-0", What: "exists, and is none of those that are asked for"},
		{Step: "launch", Node: "web-1", What: "does not exist"},
		{Step: "first", Node: "web-2", What: "one"},
		{Step: "first", Node: "web-2", What: "two"},
		{Step: "free", Node: "db-0", What: "a file"},
	}, outcome.Differences)
	require.Equal(t, []deploy.Unchecked{
		{Step: "connect", Node: "web-1", Because: "web-1 does not exist"},
		{Step: "first", Node: "web-1", Because: "web-1 does not exist"},
		{Step: "free", Node: "db-0", Because: "it has no guard"},
		{Step: "told", Node: "web-0", Because: "the fact word of db-0 is not known without acting"},
		{Step: "ask", Node: "db-0", Because: "there is nothing to approve where nothing is done"},
	}, outcome.NotChecked)
	require.Zero(t, w.provider.launches)
	require.Empty(t, w.provider.terminated)
	require.Equal(t, outcome.Differences, w.status(t).Differences)
}

// TestCheckThatFails changes nothing either, and says why it failed.
func TestCheckThatFails(t *testing.T) {
	w := newWorld(t)
	w.exist(machine("web", 0), machine("web", 1), machine("web", 2), machine("db", 0))
	w.looks(t, func(step, node string) (activities.CheckResult, error) {
		if node == "web-1" {
			return activities.CheckResult{}, failure(deploy.KindJob, "it is broken")
		}
		return activities.CheckResult{Differences: []string{"one"}}, nil
	})
	_, err := w.run(t, checkOf("\n  first: {on: web, run: {script: x, unless: y}}\n"))
	failed(t, err, deploy.KindJob, "first on web-1: it is broken")
	require.Equal(t, deploy.StateFailed, w.status(t).State)
	require.Len(t, w.status(t).Differences, 2, "the others went on")
	require.Empty(t, w.provider.terminated)
}

// TestCheckOfAnUnreachableNode: that it cannot be reached is what differs.
func TestCheckOfAnUnreachableNode(t *testing.T) {
	w := newWorld(t)
	w.exist(machine("one", 0), machine("one", 1))
	w.looks(t, func(string, string) (activities.CheckResult, error) { return activities.CheckResult{}, nil })
	w.OnActivity("Connect", mock.Anything, mock.MatchedBy(func(in activities.ConnectInput) bool { return in.Node.Group == "one" })).Return(
		func(_ context.Context, in activities.ConnectInput) (activities.ConnectResult, error) {
			if !in.Look {
				t.Error("connecting has removed old jobs")
			}
			if in.Node.Name == "one-1" {
				return activities.ConnectResult{}, failure(deploy.KindUnreachable, "no route")
			}
			return activities.ConnectResult{}, nil
		})
	outcome, err := w.run(t, deploy.Request{Mode: deploy.ModeCheck, Source: `
name: x
groups: {one: {count: 2, profile: small-x86_64}}
steps:
  first: {on: one, run: {script: x, unless: y}}
  pool: {on: "one[0]", gluster_pool: {peers: "${one.map(n, n.hostname)}"}}
`})
	require.NoError(t, err)
	require.Equal(t, []deploy.Difference{{Step: "connect", Node: "one-1", What: "cannot be reached: no route"}}, outcome.Differences)
	require.Equal(t, []deploy.Unchecked{
		{Step: "first", Node: "one-1", Because: "one-1 cannot be reached"},
		{Step: "pool", Node: "one-0", Because: "one-1 cannot be reached"},
	}, outcome.NotChecked)
}

// TestNodesAreNotReplacedByACheck: a person cannot have a check act.
func TestNodesAreNotReplacedByACheck(t *testing.T) {
	w := newWorld(t)
	w.exist(machine("web", 0), machine("web", 1), machine("web", 2), machine("db", 0))
	var asked *answer
	w.looks(t, func(string, string) (activities.CheckResult, error) {
		if asked == nil {
			asked = w.update(workflows.ReplaceNodeUpdate, workflows.ReplaceNode{Node: "web-0"})
		}
		return activities.CheckResult{}, nil
	})
	_, err := w.run(t, checkOf("\n  first: {on: web, run: {script: x, unless: y}}\n  second: {on: db, run: {script: x, unless: y}}\n"))
	require.NoError(t, err)
	require.Error(t, asked.rejected)
	require.Empty(t, w.provider.terminated)
}
