package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"aiolos/activities"
	"aiolos/deploy"
)

// TestEndBetweenTwoAttempts: a step that was to be attempted again when the
// operation ended has ended, too, and is told.
func TestEndBetweenTwoAttempts(t *testing.T) {
	const steps = "  s: {on: db, retry: {attempts: 2, delay: 1h}, run: {script: x}}\n  up: {on: \"web[0]\", await: {signal: up, timeout: 10m}}\n"
	for name, cancelled := range map[string]bool{"another step fails": false, "it is cancelled": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.action("run", func(activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
				return activities.ActionResult{}, failure(deploy.KindJob, "no")
			})
			if cancelled {
				w.RegisterDelayedCallback(w.CancelWorkflow, time.Minute)
			}
			_, err := w.run(t, blueprint(steps))
			require.Equal(t, deploy.StepFailed, w.step(t, "s", "db-0").State)
			if cancelled {
				require.True(t, temporal.IsCanceledError(err), "%v", err)
				return
			}
			require.ErrorContains(t, err, "s on db-0: no")
			require.ErrorContains(t, err, "up on web-0: web-0 did not signal up")
		})
	}
}
