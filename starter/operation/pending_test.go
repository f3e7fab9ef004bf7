package operation

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"aiolos/codec"
	"aiolos/deploy"
)

func TestMerge(t *testing.T) {
	now := time.Now()
	beat := func(value any) *commonpb.Payloads {
		p, err := converter.GetDefaultDataConverter().ToPayloads(value)
		require.NoError(t, err)
		return p
	}
	failure := temporal.GetDefaultFailureConverter().ErrorToFailure(temporal.NewApplicationError("pool on storage-0: it is busy\n  evidence", "Gluster", deploy.Failure{
		Kind: deploy.KindGluster, Step: "pool", Node: "storage-0", Message: "it is busy",
	}))
	silent := &failurepb.Failure{Message: "activity timeout", FailureInfo: &failurepb.Failure_TimeoutFailureInfo{
		TimeoutFailureInfo: &failurepb.TimeoutFailureInfo{TimeoutType: enumspb.TIMEOUT_TYPE_HEARTBEAT},
	}}
	const (
		scheduled = enumspb.PENDING_ACTIVITY_STATE_SCHEDULED
		started   = enumspb.PENDING_ACTIVITY_STATE_STARTED
	)
	for name, c := range map[string]struct {
		pending  *workflow.PendingActivityInfo
		step     int // which step is looked at
		attempts int
		message  string
		notes    []string
	}{
		"a heartbeat":           {&workflow.PendingActivityInfo{ActivityId: "configure/storage-1", State: started, Attempt: 1, HeartbeatDetails: beat(map[string]any{"message": "Notice: x", "offset": 3})}, 3, 1, "Notice: x", nil},
		"the second attempt of": {&workflow.PendingActivityInfo{ActivityId: "configure/storage-1#2", State: started, Attempt: 3, LastFailure: silent}, 3, 3, "attempt 2 failed: the worker fell silent", nil},
		"another node's":        {&workflow.PendingActivityInfo{ActivityId: "configure/storage-0", State: started, Attempt: 2, LastFailure: silent}, 3, 1, "so far", nil},
		"backing off":           {&workflow.PendingActivityInfo{ActivityId: "pool/storage-0", State: scheduled, Attempt: 2, LastFailure: failure, HeartbeatDetails: beat(map[string]any{"message": "old"})}, 4, 2, "attempt 1 failed: it is busy", nil},
		"a batch":               {&workflow.PendingActivityInfo{ActivityId: "launch/0", State: started, Attempt: 2, HeartbeatDetails: beat(map[string]any{"message": "boots"})}, 1, 2, "boots", nil},
		"a batch leaves done":   {&workflow.PendingActivityInfo{ActivityId: "launch/0", State: started, Attempt: 2}, 0, 1, "launched", nil},
		"no node":               {&workflow.PendingActivityInfo{ActivityId: "launch", State: started, Attempt: 4}, 1, 4, "", nil},
		"none of a step":        {&workflow.PendingActivityInfo{ActivityId: "plan", State: scheduled, Attempt: 2, LastFailure: failure}, 1, 1, "", []string{"plan: attempt 1 failed: it is busy"}},
		"a strange heartbeat":   {&workflow.PendingActivityInfo{ActivityId: "configure/storage-1", State: started, Attempt: 1, HeartbeatDetails: beat("text")}, 3, 1, "so far", nil},
		"nobody takes it":       {&workflow.PendingActivityInfo{ActivityId: "configure/storage-1", State: scheduled, Attempt: 1, ScheduledTime: timestamppb.New(now.Add(-time.Minute))}, 3, 1, "waits for a worker", nil},
		"just scheduled":        {&workflow.PendingActivityInfo{ActivityId: "configure/storage-1", State: scheduled, Attempt: 1, ScheduledTime: timestamppb.New(now)}, 3, 1, "so far", nil},
	} {
		t.Run(name, func(t *testing.T) {
			status := deploy.Status{Steps: []deploy.StepStatus{
				{Name: "launch", Node: "storage-0", State: deploy.StepDone, Attempts: 1, Message: "launched"},
				{Name: "launch", Node: "storage-1", State: deploy.StepRunning, Attempts: 1},
				{Name: "configure", Node: "storage-0", State: deploy.StepDone, Attempts: 1},
				{Name: "configure", Node: "storage-1", State: deploy.StepRunning, Attempts: 1, Message: "so far"},
				{Name: "pool", Node: "storage-0", State: deploy.StepRunning, Attempts: 1},
			}}
			notes := merge(&status, []*workflow.PendingActivityInfo{c.pending}, now, codec.Plain())
			require.Equal(t, c.notes, notes)
			require.Equal(t, c.attempts, status.Steps[c.step].Attempts)
			require.Equal(t, c.message, status.Steps[c.step].Message)
		})
	}
}

func FuzzStepOf(f *testing.F) {
	for _, seed := range []string{"configure/storage-1", "configure/storage-1#2", "launch/0", "plan", "", "#", "/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		status := deploy.Status{Steps: []deploy.StepStatus{{Name: "configure", Node: "storage-1", State: deploy.StepRunning, Attempts: 1}}}
		merge(&status, []*workflow.PendingActivityInfo{{ActivityId: id, Attempt: 2}}, time.Now(), codec.Plain())
		step, _ := stepOf(id)
		require.Equal(t, step == "configure" && status.Steps[0].Attempts == 2, status.Steps[0].Attempts == 2)
	})
}
