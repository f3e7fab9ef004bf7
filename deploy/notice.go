package deploy

import "time"

// Notice tells that the state of a deployment changed. It is what notifications
// carry; it holds no fact, no parameter and no output.
type Notice struct {
	// ID is the same however often the notice is delivered.
	ID         string `json:"id"`
	Deployment string `json:"deployment"`
	// Run is the Temporal run of the operation.
	Run string `json:"run"`
	// Operation is the workflow type: Deploy or Destroy.
	Operation string `json:"operation"`
	Blueprint string `json:"blueprint,omitempty"`
	Provider  string `json:"provider,omitempty"`
	// State is the new state, Previous the one before; empty where it is the first.
	State    State `json:"state"`
	Previous State `json:"previous,omitempty"`
	// Sequence counts the changes of the run's state, from 1. Some may be of states
	// that nobody wants to be told of.
	Sequence int `json:"sequence"`
	// Time is when the state changed.
	Time time.Time `json:"time"`
	// Failures say what is wrong, the first ten, without evidence.
	Failures []Failure `json:"failures,omitempty"`
}

// What a notice tells of failures at most.
const (
	maxNoticeFailures = 10
	maxNoticeMessage  = 1000 // characters
)

// NoticeFailures is what a notice tells of failures.
func NoticeFailures(all []Failure) []Failure {
	var told []Failure
	for _, f := range all[:min(len(all), maxNoticeFailures)] {
		f.Evidence = nil
		if message := []rune(f.Message); len(message) > maxNoticeMessage {
			f.Message = string(message[:maxNoticeMessage]) + "…"
		}
		told = append(told, f)
	}
	return told
}

// States are all states of a deployment.
func States() []State {
	return []State{
		StatePlanning, StateRunning, StateNeedsAttention, StateDone, StateFailed,
		StateRolledBack, StateCancelled, StateInSync, StateDrifted, StateDestroying, StateDestroyed,
	}
}
