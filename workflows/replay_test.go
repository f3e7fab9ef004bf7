package workflows_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/workflows"
)

// TestReplay runs the recorded histories of real deployments against today's
// code: what has begun under an earlier release must go on under this one.
// AIOLOS_RECORD=1 make e2e records them.
func TestReplay(t *testing.T) {
	histories, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, histories)
	slices, err := filepath.Glob("testdata/histories/slices/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, slices)
	for _, file := range append(histories, slices...) {
		t.Run(strings.TrimPrefix(file, "testdata/histories/"), func(t *testing.T) { require.NoError(t, replayed(t, file)) })
	}
}

// replayed replays a recorded history, under the ID that it had: slices are named after it.
func replayed(t *testing.T, file string) error {
	t.Helper()
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	replayer.RegisterWorkflowWithOptions(workflows.Destroy, workflow.RegisterOptions{Name: workflows.DestroyType})
	replayer.RegisterWorkflowWithOptions(workflows.Slice, workflow.RegisterOptions{Name: workflows.SliceType})
	text, err := os.Open(file)
	require.NoError(t, err)
	defer func() { require.NoError(t, text.Close()) }()
	history, err := client.HistoryFromJSON(text, client.HistoryJSONOptions{})
	require.NoError(t, err)
	id := history.Events[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowId()
	return replayer.ReplayWorkflowHistoryWithOptions(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), history,
		worker.ReplayWorkflowHistoryOptions{OriginalExecution: workflow.Execution{ID: id}})
}
