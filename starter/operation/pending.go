package operation

import (
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/temporal"

	"aiolos/codec"
	"aiolos/deploy"
)

// patience is how long an activity may wait for a worker before it is worth telling.
const patience = 2 * time.Second

// merge completes a status with what only Temporal knows about the activities
// under way: how often each was tried, why the last try failed, and what the
// running one said last. It returns notes on activities that belong to no step.
func merge(status *deploy.Status, pending []*workflow.PendingActivityInfo, now time.Time, c codec.Converters) (notes []string) {
	running := map[string]map[string]*deploy.StepStatus{} // by step, then by node
	for i := range status.Steps {
		if s := &status.Steps[i]; s.State == deploy.StepRunning {
			if running[s.Name] == nil {
				running[s.Name] = map[string]*deploy.StepStatus{}
			}
			running[s.Name][s.Node] = s
		}
	}
	for _, p := range pending {
		step, node := stepOf(p.GetActivityId())
		message := said(p, now, c)
		on := running[step]
		if one, ok := on[node]; ok {
			on = map[string]*deploy.StepStatus{node: one}
		} else if isNode(node) {
			continue // the status is older than the activity
		}
		for _, s := range on {
			// The workflow counts deliberate attempts, each of which Temporal may try again.
			s.Attempts += max(0, int(p.GetAttempt())-1)
			if message != "" {
				s.Message = message
			}
		}
		if len(on) == 0 && message != "" {
			notes = append(notes, step+": "+message)
		}
	}
	return notes
}

// stepOf reads an activity ID: "<step>/<node>", possibly followed by "#<n>".
// Activities for many nodes at once have no node, or a number in its place.
func stepOf(id string) (step, node string) {
	id, _, _ = strings.Cut(id, "#")
	step, node, _ = strings.Cut(id, "/")
	return step, node
}

// isNode tells a node from what stands in its place: nothing, or a number.
func isNode(name string) bool { return name != "" && (name[0] < '0' || name[0] > '9') }

// said is the most telling thing that is known about an activity under way.
func said(p *workflow.PendingActivityInfo, now time.Time, c codec.Converters) string {
	beginning := p.GetState() == enumspb.PENDING_ACTIVITY_STATE_SCHEDULED
	if beginning && p.GetAttempt() <= 1 {
		if since := p.GetScheduledTime(); since != nil && now.Sub(since.AsTime()) > patience {
			return "waits for a worker"
		}
		return ""
	}
	if !beginning {
		var beat struct {
			Message string `json:"message"`
		}
		if payloads := p.GetHeartbeatDetails().GetPayloads(); len(payloads) > 0 && c.Data.FromPayload(payloads[0], &beat) == nil && beat.Message != "" {
			return beat.Message
		}
	}
	if f := p.GetLastFailure(); f != nil {
		return fmt.Sprintf("attempt %d failed: %s", p.GetAttempt()-1, brief(f, c))
	}
	return ""
}

// brief is a failure's message on one line.
func brief(f *failurepb.Failure, c codec.Converters) string {
	message := f.GetMessage()
	if f.GetTimeoutFailureInfo().GetTimeoutType() == enumspb.TIMEOUT_TYPE_HEARTBEAT {
		message = "the worker fell silent"
	}
	var application *temporal.ApplicationError
	if f.GetApplicationFailureInfo() != nil && errors.As(c.Failures.FailureToError(f), &application) {
		// The message itself may be encrypted.
		message = application.Message()
		var carried deploy.Failure
		if application.HasDetails() && application.Details(&carried) == nil && carried.Message != "" {
			message = carried.Message
		}
	}
	message, _, _ = strings.Cut(message, "\n")
	return message
}
