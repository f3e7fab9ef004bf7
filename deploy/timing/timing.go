package timing

import (
	"encoding/json"
	"math"
	"time"

	"aiolos/deploy"
)

// Kind is what went on during a stretch of time.
type Kind string

// What goes on, the work first. Only the first two would be left were orchestration free.
const (
	// Working is an activity at work, in its last attempt.
	Working Kind = "working"
	// Awaiting is a step that waits for the world: a node's signal, or a person.
	Awaiting Kind = "awaiting"
	// Again is what attempts took that came to nothing, with the pauses after them.
	Again Kind = "again"
	// Worker is an activity that waits for a worker to take it.
	Worker Kind = "worker"
	// Held is a step whose needs are done and that has not begun yet: it waits for a
	// fact, for its turn, for a place among the activities under way, or for a decision.
	Held Kind = "held"
	// Engine is Temporal and the workflow itself, between one deed and the next.
	Engine Kind = "engine"
)

// Kinds are all of them, in the order in which they are told.
func Kinds() []Kind { return []Kind{Working, Awaiting, Again, Worker, Held, Engine} }

// Work says that a kind would be left were orchestration free.
func (k Kind) Work() bool { return k == Working || k == Awaiting }

// Timing is where the time of an operation went.
type Timing struct {
	Deployment string       `json:"deployment"`
	Blueprint  string       `json:"blueprint"`
	State      deploy.State `json:"state"`
	// Simulated says that its machines are simulated ones: nothing was done anywhere.
	Simulated bool `json:"simulated,omitempty"`
	// Nodes is how many nodes the plan has.
	Nodes int       `json:"nodes"`
	Began time.Time `json:"began"`
	// Ended is when the operation ended; of one that is running, when it was looked at.
	Ended   time.Time `json:"ended"`
	Running bool      `json:"running,omitempty"`
	Wall    Took      `json:"wall_seconds"`
	// Bound is the work along the longest chain of needs: how long the operation would
	// have taken had nothing else taken time.
	Bound Took `json:"bound_seconds"`
	// Shares say what went on along the critical path. They add up to Wall.
	Shares []Share `json:"shares"`
	// Path is the critical path, from Began to Ended without a gap.
	Path []Leg `json:"path"`
	// BoundPath is the longest chain of needs.
	BoundPath []Link `json:"bound_path"`
	// Steps are the steps, in the order of the plan.
	Steps []StepTiming `json:"steps"`
	// Spans are the steps on each node that have begun, in the same order.
	Spans []Span `json:"spans"`
}

// Share is how much of the critical path something took.
type Share struct {
	Kind Kind `json:"kind"`
	Took Took `json:"seconds"`
	// Of is the part of the wall time, from 0 to 1.
	Of float64 `json:"share"`
}

// Place is a step on a node. A step of the whole operation has no node.
type Place struct {
	Step string `json:"step"`
	Node string `json:"node,omitempty"`
}

// Stretch is what went on for some time.
type Stretch struct {
	Kind Kind `json:"kind"`
	// From and To are how long after the operation's beginning.
	From Took `json:"from_seconds"`
	To   Took `json:"to_seconds"`
}

// Took is how long it lasted.
func (s Stretch) Took() Took { return s.To - s.From }

// Leg is a stretch of the critical path. Its step is the one whose time it was; empty for
// what comes after the last one.
type Leg struct {
	Place
	Stretch
	// After is, at the first leg of a step, by whose end it was released; nil at the first step.
	After *Place `json:"after,omitempty"`
	// Why says what it had of that end.
	Why Reason `json:"why,omitempty"`
}

// Reason is why a step could begin when another had ended.
type Reason string

// Why steps begin after others.
const (
	Need Reason = "need" // it needs it
	// Order is that of the steps on a node, one after the other, and of launches.
	Order Reason = "order"
	// Turn is that of a step that runs on some nodes at a time only.
	Turn Reason = "turn"
	// Fact is one that the other told, as it seems: it began at that very moment.
	Fact Reason = "fact"
	// Slot is a place among the activities under way, as it seems.
	Slot Reason = "slot"
)

// Link is a step in the chain of needs that bounds the operation.
type Link struct {
	Place
	Took Took `json:"seconds"`
}

// Span is a step on a node, all of its time.
type Span struct {
	Place
	State deploy.StepState `json:"state"`
	// Parts are what went on, from the step's beginning to its end without a gap.
	Parts []Stretch `json:"parts"`
	// Critical says that the critical path leads through it.
	Critical bool `json:"critical,omitempty"`
}

// From and To are when a span began and ended.
func (s *Span) From() Took { return s.Parts[0].From }

// To is when the span ended.
func (s *Span) To() Took { return s.Parts[len(s.Parts)-1].To }

// Took is a duration that JSON has in seconds, to the millisecond.
type Took time.Duration

// MarshalJSON writes seconds.
func (t Took) MarshalJSON() ([]byte, error) { return json.Marshal(math.Round(t.Seconds()*1000) / 1000) }

// UnmarshalJSON reads seconds.
func (t *Took) UnmarshalJSON(text []byte) error {
	var seconds float64
	err := json.Unmarshal(text, &seconds)
	*t = Took(math.Round(seconds*1000)) * Took(time.Millisecond)
	return err
}

// Seconds is the duration in seconds.
func (t Took) Seconds() float64 { return time.Duration(t).Seconds() }
