package deploy

import "encoding/json"

// Plan is a blueprint with its parameters filled in: the nodes, and the steps
// in an order in which no step comes before one that it needs. It is data: the
// history holds it, and nothing that changes elsewhere changes it.
type Plan struct {
	Deployment string `json:"deployment"`
	Blueprint  string `json:"blueprint"`
	// Digest is the SHA-256 of the blueprint's text, in hex.
	Digest     string         `json:"digest"`
	Provider   string         `json:"provider"`
	Parameters map[string]any `json:"parameters"`
	// ParameterTypes are the types of the parameters, which JSON does not keep:
	// it has one type of number.
	ParameterTypes map[string]ParameterType `json:"parameter_types,omitempty"`
	Groups         []Group                  `json:"groups"`
	Nodes          []NodeSpec               `json:"nodes"`
	Steps          []Step                   `json:"steps"`
	// Existing are the names of the nodes that there were when the plan was
	// made, in order. A rollback never touches them.
	Existing []string `json:"existing,omitempty"`
	// Outputs are the expressions whose values the outcome gives, by name.
	Outputs map[string]string `json:"outputs,omitempty"`
	// Notify are the states that somebody wants to be told of, as the worker was
	// configured when the plan was made.
	Notify []State `json:"notify,omitempty"`
	// Searchable are the search attributes of deployments that the namespace knew when
	// the plan was made, in order.
	Searchable []string `json:"searchable,omitempty"`
}

// Step is one action on the nodes of a group, with what it needs first.
type Step struct {
	Name string `json:"name"`
	// Nodes are the names of the nodes that it runs on, in index order.
	Nodes []string `json:"nodes"`
	Needs []Need   `json:"needs,omitempty"`
	// When is an expression that is evaluated on each node once the needs are
	// done: where it is false, the step is skipped, and counts as done. Empty means always.
	When string `json:"when,omitempty"`
	// Parallel is on how many nodes at most the step runs at a time, in index
	// order; 0 means on all.
	Parallel int `json:"parallel,omitempty"`
	// Timeout bounds one attempt on one node, in seconds; 0 means the action's own bound.
	Timeout int `json:"timeout_seconds,omitempty"`
	// Retry says how often a step that failed is attempted anew; nil means never.
	Retry *Retry `json:"retry,omitempty"`
	// Action is the kind of action, for example "puppet".
	Action string `json:"action"`
	// Config is the action's configuration. Strings in it may hold ${…}
	// expressions, which are evaluated per node once their facts are known.
	Config json.RawMessage `json:"config"`
	// Track numbers the track that the step belongs to: consecutive steps on
	// the same nodes, in which each needs nothing but its own node's steps
	// before it from that track on.
	Track int `json:"track"`
}

// Retry makes deliberate attempts of a step that failed.
type Retry struct {
	// Attempts is how many there are in all, from 1 to 100.
	Attempts int `json:"attempts"`
	// Delay is the pause between two attempts, in seconds.
	Delay int `json:"delay_seconds"`
}

// Need is what a step waits for before it starts on a node.
type Need struct {
	Step string `json:"step"`
	// Of says on which nodes the needed step has to be done: NeedOwn, NeedAll,
	// NeedAny, or a number of nodes in decimal.
	Of string `json:"of"`
}

// How much of a needed step has to be done.
const (
	NeedOwn = "own" // on this node itself
	NeedAll = "all" // on all its nodes
	NeedAny = "any" // on at least one of its nodes
)
