package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/workflows"
)

// TestStepThatWaitsForItsTurnIsNotGivenUp: the fact that it waited for is known
// by then; another node has the turn, and waits for a person.
func TestStepThatWaitsForItsTurnIsNotGivenUp(t *testing.T) {
	w := newWorld(t)
	// Whichever node is ready first has the turn.
	broken := map[string]bool{"rolls web-0": true, "rolls web-1": true}
	w.broken(broken)
	w.RegisterDelayedCallback(func() {
		states := []deploy.StepState{w.step(t, "rolls", "web-0").State, w.step(t, "rolls", "web-1").State}
		require.ElementsMatch(t, []deploy.StepState{deploy.StepFailed, deploy.StepWaiting}, states)
		clear(broken)
		w.update(workflows.RetryUpdate, workflows.Retry{})
	}, time.Hour)
	outcome, err := w.run(t, pausing(`
  tells: {on: db, run: {script: word}}
  rolls: {on: web, parallel: 1, run: {script: "${db[0].did_tells}"}}
`))
	require.NoError(t, err)
	require.Equal(t, deploy.StateDone, outcome.State)
	require.Equal(t, 3, w.times("rolls web-0")+w.times("rolls web-1"))
}

// TestStepThatWaitsForAPersonIsNoStall: what a failed step would have told may
// still be told once a person has decided.
func TestStepThatWaitsForAPersonIsNoStall(t *testing.T) {
	w := newWorld(t)
	broken := map[string]bool{"tells db-0": true}
	w.broken(broken)
	w.RegisterDelayedCallback(func() {
		require.Len(t, w.status(t).Failures, 1, "only what is broken has failed")
		require.Equal(t, deploy.StepWaiting, w.step(t, "asks", "web-0").State)
		broken["tells db-0"] = false
		w.update(workflows.RetryUpdate, workflows.Retry{Step: "tells"})
	}, time.Hour)
	_, err := w.run(t, pausing("  tells: {on: db, run: {script: x}}\n  asks: {on: \"web[0]\", run: {script: \"${db[0].did_tells}\"}}\n"))
	require.NoError(t, err)
}

// TestFactThatNothingTellsEither: a step that was given up and is tried again is
// given up again, and so is one that only comes to wait after a pause.
func TestFactThatNothingTellsEither(t *testing.T) {
	for name, steps := range map[string]string{
		"tried again":   "  s: {on: db, run: {script: \"${db[0].word}\"}}\n",
		"after a pause": "  s: {on: db, run: {script: \"${db[0].word}\"}}\n  first: {on: web, run: {script: x}}\n  t: {on: web, needs: [first], run: {script: \"${db[0].other}\"}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.action("run", func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
				if in.Attempt == 1 && in.Step == "first" {
					return activities.ActionResult{}, failure(deploy.KindJob, "no")
				}
				return activities.ActionResult{}, nil
			})
			var states []deploy.State
			for i := range 3 {
				w.RegisterDelayedCallback(func() {
					states = append(states, w.status(t).State)
					w.update(workflows.RetryUpdate, workflows.Retry{})
				}, time.Duration(i+1)*time.Hour)
			}
			w.RegisterDelayedCallback(func() {
				states = append(states, w.status(t).State)
				w.CancelWorkflow()
			}, 4*time.Hour)
			_, err := w.run(t, pausing(steps))
			require.Error(t, err)
			for i, s := range states {
				require.Equal(t, deploy.StateNeedsAttention, s, "look %d: nobody is asked, and nothing happens", i)
			}
		})
	}
}
