package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"aiolos/deploy"
	"aiolos/workflows"
)

func answered[O any](t *testing.T, w *world, query string) O {
	t.Helper()
	value, err := w.QueryWorkflow(query)
	require.NoError(t, err)
	var out O
	require.NoError(t, value.Get(&out))
	return out
}

// TestQueries asks a deployment that needs attention, and again when it is done.
func TestQueries(t *testing.T) {
	w := newWorld(t)
	broken := map[string]bool{"first web-1": true}
	w.broken(broken)
	w.RegisterDelayedCallback(func() {
		waiting := answered[deploy.WaitingFor](t, w, workflows.WaitingQuery)
		require.Equal(t, deploy.StateNeedsAttention, waiting.State)
		require.Len(t, waiting.Failures, 1)
		last := slices.IndexFunc(waiting.Steps, func(s deploy.WaitingStep) bool { return s.Step == "last" })
		require.Equal(t, deploy.WaitingStep{Step: "last", Count: 1, Nodes: []string{"db-0"}, For: "waits for second of web-1"}, waiting.Steps[last])
		var updates []string
		for _, p := range waiting.Possible {
			updates = append(updates, p.Update)
		}
		require.Equal(t, []string{workflows.RetryUpdate, workflows.SkipUpdate, workflows.ReplaceNodeUpdate, workflows.AbortUpdate}, updates)

		graph := answered[deploy.GraphNow](t, w, workflows.GraphQuery)
		first := slices.IndexFunc(graph.Steps, func(s deploy.GraphStep) bool { return s.Name == "first" })
		require.Equal(t, deploy.StepCount{Name: "first", Done: 2, Failed: 1}, graph.Steps[first].Now)
		require.Equal(t, "web", graph.Steps[first].On)
		require.Contains(t, graph.Mermaid, "✗ failed")

		outcome := answered[deploy.Outcome](t, w, workflows.OutcomeQuery)
		require.Equal(t, deploy.StateNeedsAttention, outcome.State)
		require.Len(t, outcome.Nodes, 4)

		broken["first web-1"] = false
		w.update(workflows.RetryUpdate, workflows.Retry{})
	}, 100*time.Hour)
	returned, err := w.run(t, pausing(chain))
	require.NoError(t, err)
	require.Equal(t, returned, answered[deploy.Outcome](t, w, workflows.OutcomeQuery))
	waiting := answered[deploy.WaitingFor](t, w, workflows.WaitingQuery)
	require.Equal(t, deploy.StateDone, waiting.State)
	require.Empty(t, waiting.Steps)
	require.Empty(t, waiting.Possible)
	require.NotContains(t, answered[deploy.GraphNow](t, w, workflows.GraphQuery).Mermaid, "✗ failed")
}

// TestFailedStepIsFound: the step that failed is a search attribute while it has, where
// the namespace knows that one.
func TestFailedStepIsFound(t *testing.T) {
	key := temporal.NewSearchAttributeKeyKeyword(workflows.FailedStepAttribute)
	for name, known := range map[string]bool{"known": true, "not known": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if known {
				w.searchable = []string{workflows.FailedStepAttribute}
			}
			var told []string
			w.OnUpsertTypedSearchAttributes(mock.MatchedBy(func(a temporal.SearchAttributes) bool {
				if a.ContainsKey(key) {
					step, _ := a.GetKeyword(key)
					told = append(told, step)
				} else if known && a.Size() == 0 {
					told = append(told, "")
				}
				return true
			})).Return(nil)
			broken := map[string]bool{"first web-1": true}
			w.broken(broken)
			w.RegisterDelayedCallback(func() {
				broken["first web-1"] = false
				w.update(workflows.RetryUpdate, workflows.Retry{})
			}, 100*time.Hour)
			_, err := w.run(t, pausing(chain))
			require.NoError(t, err)
			if !known {
				require.Empty(t, told)
				return
			}
			require.Equal(t, "first", slices.Compact(told)[0])
			require.Empty(t, told[len(told)-1])
		})
	}
}
