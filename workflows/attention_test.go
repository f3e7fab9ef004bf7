package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/workflows"
)

// pausing is a request for steps that waits for a person when one fails.
func pausing(steps string) deploy.Request {
	r := blueprint(steps)
	r.OnFailure = deploy.OnFailurePause
	return r
}

// update sends an update; what is answered is known once the workflow has gone on.
func (w *world) update(name string, in any) *answer {
	got := &answer{}
	w.UpdateWorkflow(name, fmt.Sprintf("%s %v %d", name, in, len(w.events)), got, in)
	return got
}

// broken lets run fail for good for as long as a step on a node is in broken.
func (w *world) broken(broken map[string]bool) {
	w.action("run", func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
		name := in.Step + " " + in.Node.Name
		w.did(name)
		if broken[name] {
			return activities.ActionResult{}, failure(deploy.KindJob, "it is broken")
		}
		return activities.ActionResult{Facts: map[string]any{"did_" + in.Step: in.Config["script"]}}, nil
	})
}

// times counts an event.
func (w *world) times(event string) int {
	n := 0
	for _, e := range w.events {
		if e == event {
			n++
		}
	}
	return n
}

const chain = `
  first:  {on: web, run: {script: x}}
  second: {on: web, needs: [first], run: {script: x}}
  last:   {on: db, needs: [{step: second, of: all}], run: {script: x}}
  aside:  {on: db, run: {script: x}}
`

func TestPauseAndRetry(t *testing.T) {
	w := newWorld(t)
	broken := map[string]bool{"first web-1": true}
	w.broken(broken)
	var refused []*answer
	w.RegisterDelayedCallback(func() {
		s := w.status(t)
		require.Equal(t, deploy.StateNeedsAttention, s.State)
		require.Len(t, s.Failures, 1)
		require.Equal(t, "first", s.Failures[0].Step)
		require.Equal(t, "web-1", s.Failures[0].Node)
		require.Equal(t, deploy.StepFailed, w.step(t, "first", "web-1").State)
		require.Equal(t, deploy.StepDone, w.step(t, "second", "web-2").State, "what does not depend on it goes on")
		require.Equal(t, deploy.StepWaiting, w.step(t, "last", "db-0").State)
		for _, r := range []workflows.Retry{{Step: "second"}, {Step: "first", Node: "web-0"}, {Step: "nothing"}} {
			refused = append(refused, w.update(workflows.RetryUpdate, r))
		}
		refused = append(refused, w.update(workflows.SkipUpdate, workflows.Skip{}), w.update(workflows.SkipUpdate, workflows.Skip{Step: "connect"}),
			w.update(workflows.ReplaceNodeUpdate, workflows.ReplaceNode{Node: "web-9"}))
	}, 100*time.Hour)
	w.RegisterDelayedCallback(func() {
		// Still broken: it fails again, and waits again.
		w.update(workflows.RetryUpdate, workflows.Retry{})
	}, 101*time.Hour)
	w.RegisterDelayedCallback(func() {
		require.Equal(t, deploy.StateNeedsAttention, w.status(t).State)
		require.Len(t, w.status(t).Failures, 1, "what was retried is no failure any more, but what failed again is")
		broken["first web-1"] = false
		w.update(workflows.RetryUpdate, workflows.Retry{Step: "first", Node: "web-1", By: "ann"})
	}, 102*time.Hour)
	outcome, err := w.run(t, pausing(chain))
	require.NoError(t, err)
	require.Equal(t, deploy.StateDone, outcome.State)
	require.Empty(t, w.status(t).Failures)
	require.Equal(t, 3, w.times("first web-1"))
	require.Equal(t, 3, w.step(t, "first", "web-1").Attempts, "each attempt is a job of its own")
	for _, once := range []string{"first web-0", "first web-2", "second web-0", "second web-1", "last db-0", "aside db-0"} {
		require.Equal(t, 1, w.times(once), once)
	}
	for i, a := range refused {
		require.Error(t, a.rejected, i)
	}
}

func TestPauseIsTheDefault(t *testing.T) {
	w := newWorld(t)
	w.broken(map[string]bool{"first web-1": true})
	w.RegisterDelayedCallback(func() {
		require.Equal(t, deploy.StateNeedsAttention, w.status(t).State)
		w.update(workflows.AbortUpdate, workflows.Abort{By: "ann"})
	}, time.Hour)
	w.ExecuteWorkflow(workflows.Deploy, blueprint(chain))
	failed(t, w.GetWorkflowError(), deploy.KindJob, "first on web-1: it is broken")
}

func TestSkip(t *testing.T) {
	w := newWorld(t)
	w.broken(map[string]bool{"first web-1": true, "first web-2": true})
	w.RegisterDelayedCallback(func() { w.update(workflows.SkipUpdate, workflows.Skip{Step: "first", By: "ann"}) }, time.Hour)
	outcome, err := w.run(t, pausing(chain))
	require.NoError(t, err)
	require.Equal(t, 1, w.times("second web-1"))
	require.Equal(t, 1, w.times("last db-0"))
	require.Equal(t, "skipped by ann", w.step(t, "first", "web-2").Message)
	require.Contains(t, outcome.Changes, "first on web-1 skipped by ann")
}

func TestAbort(t *testing.T) {
	w := newWorld(t)
	w.broken(map[string]bool{"first web-1": true})
	early := &answer{}
	w.RegisterDelayedCallback(func() { early = w.update(workflows.AbortUpdate, workflows.Abort{}) }, 0)
	w.RegisterDelayedCallback(func() { w.update(workflows.AbortUpdate, workflows.Abort{By: "ann"}) }, time.Hour)
	_, err := w.run(t, pausing(chain))
	failed(t, err, deploy.KindJob, "first on web-1: it is broken")
	require.Equal(t, deploy.StateFailed, w.status(t).State)
	require.Error(t, early.rejected, "nothing needs attention yet")
	require.Zero(t, w.times("last db-0"))
}

func TestRetryWithChangedParameters(t *testing.T) {
	w := newWorld(t)
	var said []string
	w.action("run", func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
		said = append(said, in.Config["script"].(string))
		if in.Config["script"] == "say wrong" {
			return activities.ActionResult{}, failure(deploy.KindJob, "no")
		}
		return activities.ActionResult{}, nil
	})
	var answers []*answer
	w.RegisterDelayedCallback(func() {
		for _, p := range []map[string]any{{"word": 3}, {"wrod": "x"}, {"count": 2}} {
			answers = append(answers, w.update(workflows.RetryUpdate, workflows.Retry{Parameters: p}))
		}
	}, time.Hour)
	w.RegisterDelayedCallback(func() {
		require.Equal(t, deploy.StateNeedsAttention, w.status(t).State)
		w.update(workflows.RetryUpdate, workflows.Retry{Parameters: map[string]any{"word": "right"}})
	}, 2*time.Hour)
	outcome, err := w.run(t, deploy.Request{Blueprint: "x", OnFailure: deploy.OnFailurePause, Source: `
name: x
parameters: {word: {type: string, default: wrong}, count: {type: integer, default: 1}}
groups: {web: {count: "${params.count}", profile: small-x86_64}}
steps: {s: {on: web, run: {script: "say ${params.word}"}}}
outputs: {word: "${params.word}"}
`})
	require.NoError(t, err)
	require.Equal(t, []string{"say wrong", "say right"}, said)
	require.Equal(t, "right", outcome.Outputs["word"])
	for i, a := range answers {
		require.False(t, a.done, i)
	}
}

func TestFailedLaunchIsRetried(t *testing.T) {
	w := newWorld(t)
	w.noted(nil)
	tries := 0
	w.OnActivity("Launch", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.LaunchInput) (activities.LaunchResult, error) {
		if tries++; tries < 2 {
			return activities.LaunchResult{}, failure(deploy.KindLaunch, "no machines left")
		}
		var all activities.LaunchResult
		for _, n := range in.Nodes {
			all.Instances = append(all.Instances, deploy.Instance{Node: n.Name, Group: n.Group, Hostname: n.Hostname})
		}
		return all, nil
	})
	w.RegisterDelayedCallback(func() {
		require.Equal(t, deploy.StateNeedsAttention, w.status(t).State)
		require.Contains(t, w.status(t).Failures[0].Message, "no machines left")
		w.update(workflows.RetryUpdate, workflows.Retry{Step: "launch"})
	}, time.Hour)
	_, err := w.run(t, pausing(chain))
	require.NoError(t, err)
	require.Equal(t, 2, tries)
}

// TestReplaceNode: a node is lost while its step runs. What is done elsewhere
// stays done, but for what depends on the node.
func TestReplaceNode(t *testing.T) {
	w := newWorld(t)
	broken := map[string]bool{"second web-1": true}
	w.broken(broken)
	var launched [][]string
	w.OnActivity("Launch", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.LaunchInput) (activities.LaunchResult, error) {
		var all activities.LaunchResult
		var names []string
		for _, n := range in.Nodes {
			names = append(names, n.Name)
			all.Instances = append(all.Instances, deploy.Instance{Node: n.Name, Group: n.Group, Index: n.Index, Hostname: n.Hostname, ID: fmt.Sprint(len(launched)), Address: "192.0.2.7"})
		}
		launched = append(launched, names)
		return all, nil
	})
	w.RegisterDelayedCallback(func() {
		require.Equal(t, deploy.StateNeedsAttention, w.status(t).State)
		broken["second web-1"] = false
		w.update(workflows.ReplaceNodeUpdate, workflows.ReplaceNode{Node: "web-1", By: "ann"})
	}, time.Hour)
	outcome, err := w.run(t, pausing(chain+`
  early:  {on: "web[0]", run: {script: "${web[1].did_first}"}}
  never:  {on: "web[2]", run: {script: "${web[0].did_first} ${web[1].hostname}"}}
`))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"web-0", "web-1", "web-2", "db-0"}, {"web-1"}}, launched)
	for event, times := range map[string]int{
		"first web-1": 2, "second web-1": 2, "early web-0": 2, // its own, and what used a fact of it
		"first web-0": 1, "second web-0": 1, "first web-2": 1, "second web-2": 1, "never web-2": 1, "aside db-0": 1, "last db-0": 1,
	} {
		require.Equal(t, times, w.times(event), event)
	}
	require.Equal(t, "1", outcome.Nodes[1].ID)
	require.Contains(t, outcome.Changes, "web-1 replaced by ann")
	require.Less(t, slices.Index(w.events, "second web-1"), slices.Index(w.events, "last db-0"))
}

// TestReplaceWhileItRuns: no step has to have failed.
func TestReplaceWhileItRuns(t *testing.T) {
	w := newWorld(t)
	w.noted(nil)
	w.RegisterDelayedCallback(func() { w.update(workflows.ReplaceNodeUpdate, workflows.ReplaceNode{Node: "web-0"}) }, time.Hour)
	w.RegisterDelayedCallback(func() {
		for i := range 3 {
			w.signal(fmt.Sprintf("web-%d", i), "up")
		}
	}, 2*time.Hour)
	_, err := w.run(t, pausing(`
  first: {on: web, run: {script: x}}
  up:    {on: web, needs: [first], await: {signal: up, timeout: 10h}}
  last:  {on: db, needs: [up], run: {script: x}}
`))
	require.NoError(t, err)
	require.Equal(t, 2, w.times("first web-0"))
	require.Equal(t, 1, w.times("first web-1"))
	require.Equal(t, 1, w.times("last db-0"))
}

// TestRollback takes back what the run made, and nothing that was there.
func TestRollback(t *testing.T) {
	for name, c := range map[string]struct {
		request func(string) deploy.Request
		decide  bool
	}{
		"asked for":     {request: func(s string) deploy.Request { r := blueprint(s); r.OnFailure = deploy.OnFailureRollback; return r }},
		"decided later": {request: pausing, decide: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.provider.existing = []deploy.Instance{
				{Node: "web-0", Group: "web", Hostname: "pool-web-0"}, {Node: "db-0", Group: "db", Hostname: "pool-db-0"},
			}
			w.broken(map[string]bool{"first web-2": true})
			if c.decide {
				w.RegisterDelayedCallback(func() { w.update(workflows.AbortUpdate, workflows.Abort{Rollback: true}) }, time.Hour)
			}
			_, err := w.run(t, c.request(chain))
			failed(t, err, deploy.KindJob, "first on web-2: it is broken")
			require.Equal(t, deploy.StateRolledBack, w.status(t).State)
			require.Equal(t, [][]string{{"web-1", "web-2"}}, w.provider.terminated)
			require.Empty(t, w.status(t).Left)
			require.Contains(t, w.status(t).Changes, "removed web-2")
			require.Len(t, w.status(t).Nodes, 2)
		})
	}
}

func TestRollbackThatCannotBeDone(t *testing.T) {
	w := newWorld(t)
	w.broken(map[string]bool{"first web-2": true})
	w.OnActivity("Terminate", mock.Anything, mock.Anything).Return(activities.TerminateResult{}, failure(deploy.KindLaunch, "the engine is away"))
	r := blueprint(chain)
	r.OnFailure = deploy.OnFailureRollback
	_, err := w.run(t, r)
	failed(t, err, deploy.KindJob, "left: launch on web-2: the engine is away")
	require.Len(t, w.status(t).Left, 4)
}

func TestCancelWithRollback(t *testing.T) {
	w := newWorld(t)
	w.action("puppet", nil)
	w.RegisterDelayedCallback(w.CancelWorkflow, time.Minute)
	_, err := w.run(t, deploy.Request{Blueprint: "glusterfs", OnFailure: deploy.OnFailureRollback})
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Equal(t, deploy.StateRolledBack, w.status(t).State)
	require.Empty(t, w.provider.existing)
}

// TestRollbackUndoesStepsOnNodesThatStay: bricks and peers are taken back
// before the nodes that they are on.
func TestRollbackUndoesStepsOnNodesThatStay(t *testing.T) {
	for name, undone := range map[string]error{"it works": nil, "it does not": errors.New("migration failed")} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.provider.existing = []deploy.Instance{{Node: "storage-0", Group: "storage", Hostname: "pool-storage-0"}}
			w.action("gluster_verify", func(activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
				return activities.ActionResult{}, failure(deploy.KindGluster, "no")
			})
			w.glusterfs()
			for _, action := range []string{"gluster_volume", "gluster_pool"} {
				w.OnActivity(activities.UndoName(action), mock.Anything, mock.Anything).Return(activities.ActionResult{Changes: []string{"undid " + action}}, undoError(undone))
			}
			_, err := w.run(t, deploy.Request{Blueprint: "glusterfs", OnFailure: deploy.OnFailureRollback, Parameters: map[string]any{"nodes": 2}})
			failed(t, err, deploy.KindGluster, "verify on storage-0: no")
			if undone == nil {
				require.Equal(t, [][]string{{"storage-1"}}, w.provider.terminated)
				changes := w.status(t).Changes
				require.Equal(t, []string{"undid gluster_volume", "undid gluster_pool", "removed storage-1"}, changes[len(changes)-3:])
				return
			}
			require.Empty(t, w.provider.terminated, "a node that others count on is not terminated")
			require.Contains(t, fmt.Sprint(w.status(t).Left), "storage-1: not terminated")
			require.Contains(t, fmt.Sprint(w.status(t).Left), "migration failed")
		})
	}
}

func undoError(err error) error {
	if err == nil {
		return nil
	}
	return failure(deploy.KindGluster, err.Error())
}

// TestRollbackBeforeAnythingIsTied: nodes that only ran Puppet leave.
func TestRollbackBeforeAnythingIsTied(t *testing.T) {
	w := newWorld(t)
	w.provider.existing = []deploy.Instance{{Node: "storage-0", Group: "storage", Hostname: "pool-storage-0"}}
	w.action("puppet", func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
		if in.Node.Index == 2 {
			return activities.ActionResult{}, failure(deploy.KindPuppet, "no")
		}
		return activities.ActionResult{}, nil
	})
	_, err := w.run(t, deploy.Request{Blueprint: "glusterfs", OnFailure: deploy.OnFailureRollback, Parameters: map[string]any{"nodes": 3}})
	failed(t, err, deploy.KindPuppet, "configure on storage-2: no")
	require.Equal(t, [][]string{{"storage-1", "storage-2"}}, w.provider.terminated)
	require.Equal(t, deploy.StateRolledBack, w.status(t).State)
}
