package activities

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
)

// TestWhoseJobsAreStopped: a job is stopped when its activity was cancelled, or had
// its time, and never because an attempt was given up that another one succeeds.
func TestWhoseJobsAreStopped(t *testing.T) {
	for name, c := range map[string]struct {
		cause error
		stops bool
	}{
		"cancelled":        {temporal.NewCanceledError(), true},
		"timed out":        {serviceerror.NewNotFound("activity task not found"), false},
		"Temporal away":    {serviceerror.NewUnavailable("connection refused"), false},
		"nothing happened": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestActivityEnvironment()
			env.RegisterActivityWithOptions(func(ctx context.Context) (bool, error) {
				ctx, cancel := context.WithCancelCause(ctx)
				defer cancel(nil)
				if c.cause != nil {
					cancel(c.cause)
				}
				return cancelled(ctx), nil
			}, activity.RegisterOptions{Name: "look"})
			value, err := env.ExecuteActivity("look")
			require.NoError(t, err)
			var stops bool
			require.NoError(t, value.Get(&stops))
			require.Equal(t, c.stops, stops)
		})
	}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivityWithOptions(func(ctx context.Context) (bool, error) {
		ctx, cancel := context.WithTimeout(ctx, time.Nanosecond)
		defer cancel()
		<-ctx.Done()
		return cancelled(ctx), nil
	}, activity.RegisterOptions{Name: "late"})
	value, err := env.ExecuteActivity("late")
	require.NoError(t, err)
	var stops bool
	require.NoError(t, value.Get(&stops))
	require.True(t, stops, "its time was up")
}
