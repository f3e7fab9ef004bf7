package operation_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/workflows"
)

// TestLookIntoSlices: what a job of a large deployment is at, is told by the slice that
// looks after its node.
func TestLookIntoSlices(t *testing.T) {
	server, c := connect(t)
	status := deploy.Status{Deployment: "pool", State: deploy.StateRunning}
	for i := range 120 {
		status.Nodes = append(status.Nodes, deploy.NodeStatus{Name: fmt.Sprintf("storage-%d", i), Group: "storage", Index: i})
	}
	status.Steps = []deploy.StepStatus{
		{Name: "configure", Node: "storage-5", State: deploy.StepDone, Attempts: 1, Message: "done long ago"},
		{Name: "configure", Node: "storage-110", State: deploy.StepRunning, Attempts: 1},
	}
	server.Add("pool", workflows.DeployType).Says(status).Children(
		&workflowpb.PendingChildExecutionInfo{WorkflowId: "pool/storage/0-99", WorkflowTypeName: workflows.SliceType},
		&workflowpb.PendingChildExecutionInfo{WorkflowId: "pool/storage/100-199", WorkflowTypeName: workflows.SliceType})
	beat, err := converter.GetDefaultDataConverter().ToPayloads(map[string]any{"message": "Notice: installing"})
	require.NoError(t, err)
	server.Add("pool/storage/100-199", workflows.SliceType).Pending(&workflowpb.PendingActivityInfo{
		ActivityId: "configure/storage-110", State: enumspb.PENDING_ACTIVITY_STATE_STARTED, Attempt: 2, HeartbeatDetails: beat,
	})
	snapshot, err := operation.Look(t.Context(), c, operation.Run{Deployment: "pool"})
	require.NoError(t, err)
	require.Equal(t, "done long ago", snapshot.Status.Steps[0].Message)
	require.Equal(t, "Notice: installing", snapshot.Status.Steps[1].Message)
	require.Equal(t, 2, snapshot.Status.Steps[1].Attempts)
}
