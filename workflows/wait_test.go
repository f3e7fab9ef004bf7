package workflows_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"aiolos/deploy"
	"aiolos/workflows"
)

// waited is what an update was answered with.
type waited struct {
	outcome deploy.Outcome
	err     error
	times   int
}

func (u *waited) Accept()          {}
func (u *waited) Reject(err error) { u.err = err }

func (u *waited) Complete(value any, err error) {
	u.times++
	u.err = err
	if outcome, ok := value.(deploy.Outcome); ok {
		u.outcome = outcome
	}
}

// wait sends the update that waits for the outcome.
func (w *world) wait(id string) *waited {
	got := &waited{}
	w.UpdateWorkflow(workflows.WaitUpdate, id, got)
	return got
}

func TestWaitReturnsTheOutcome(t *testing.T) {
	w := newWorld(t)
	w.broken(nil)
	var waiting [2]*waited
	w.RegisterDelayedCallback(func() { waiting[0], waiting[1] = w.wait("a"), w.wait("b") }, 0)
	outcome, err := w.run(t, blueprint(chain))
	require.NoError(t, err)
	for _, u := range waiting {
		require.NoError(t, u.err)
		require.Equal(t, 1, u.times)
		require.Equal(t, outcome.Changes, u.outcome.Changes)
		require.Equal(t, deploy.StateDone, u.outcome.State)
	}
}

func TestWaitFailsAsTheOperation(t *testing.T) {
	w := newWorld(t)
	w.broken(map[string]bool{"first web-1": true})
	var waiting *waited
	w.RegisterDelayedCallback(func() { waiting = w.wait("a") }, 0)
	_, err := w.run(t, blueprint(chain))
	failed(t, err, deploy.KindJob, "first on web-1: it is broken")
	failed(t, waiting.err, deploy.KindJob, "first on web-1: it is broken")
}

// TestWaitComesBackWhereAPersonIsNeeded, and can be sent again.
func TestWaitComesBackWhereAPersonIsNeeded(t *testing.T) {
	w := newWorld(t)
	broken := map[string]bool{"first web-1": true}
	w.broken(broken)
	var first, second *waited
	w.RegisterDelayedCallback(func() { first = w.wait("a") }, 0)
	w.RegisterDelayedCallback(func() {
		require.Equal(t, 1, first.times)
		broken["first web-1"] = false
		w.update(workflows.RetryUpdate, workflows.Retry{})
		second = w.wait("b")
	}, time.Hour)
	_, err := w.run(t, pausing(chain))
	require.NoError(t, err)
	var attention *temporal.ApplicationError
	require.True(t, errors.As(first.err, &attention), "%v", first.err)
	require.Equal(t, workflows.AttentionFailure, attention.Type())
	var failures []deploy.Failure
	require.NoError(t, attention.Details(&failures))
	require.Equal(t, "first", failures[0].Step)
	require.NoError(t, second.err)
	require.Equal(t, deploy.StateDone, second.outcome.State)
}

func TestWaitHearsOfACancellation(t *testing.T) {
	w := newWorld(t)
	var waiting *waited
	w.RegisterDelayedCallback(func() { waiting = w.wait("a") }, 0)
	w.RegisterDelayedCallback(w.CancelWorkflow, time.Minute)
	_, err := w.run(t, blueprint("\n  never: {on: db, await: {signal: never}}\n"))
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Equal(t, 1, waiting.times)
	require.True(t, temporal.IsCanceledError(waiting.err), "%v", waiting.err)
}
