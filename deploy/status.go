package deploy

import "time"

// State is where a deployment stands.
type State string

// The states of a deployment.
const (
	StatePlanning       State = "Planning"
	StateRunning        State = "Running"
	StateNeedsAttention State = "NeedsAttention"
	StateDone           State = "Done"
	StateFailed         State = "Failed"
	StateRolledBack     State = "RolledBack" // failed, and what the run had made is unmade
	StateCancelled      State = "Cancelled"
	StateInSync         State = "InSync"  // a check found no difference
	StateDrifted        State = "Drifted" // a check found differences
	StateDestroying     State = "Destroying"
	StateDestroyed      State = "Destroyed"
)

// StepState is where a step stands on a node.
type StepState string

// The states of a step on a node.
const (
	StepWaiting StepState = "waiting" // for a need or a fact
	StepRunning StepState = "running"
	StepDone    StepState = "done"
	StepFailed  StepState = "failed"
	StepSkipped StepState = "skipped" // not wanted there, or the deployment ended before it started
)

// Status is what the query "status" answers and `aiolos status --json` prints.
type Status struct {
	Deployment string `json:"deployment"`
	Blueprint  string `json:"blueprint"`
	Provider   string `json:"provider"`
	// Simulated says that its machines are simulated ones: nothing was done anywhere.
	Simulated bool           `json:"simulated,omitempty"`
	State     State          `json:"state"`
	Nodes     []NodeStatus   `json:"nodes"`
	Steps     []StepStatus   `json:"steps"`
	Outputs   map[string]any `json:"outputs"`
	// Counts is on how many nodes each step stands where, in a deployment that is too large
	// to tell every step on every node: Steps holds up to a thousand that failed, run or wait then.
	Counts []StepCount `json:"counts,omitempty"`
	// FactsLeftOut says that the nodes' facts are too much to be told together.
	FactsLeftOut bool `json:"facts_left_out,omitempty"`
	// Changes lists what this operation changed so far, one line each.
	Changes  []string  `json:"changes"`
	Failures []Failure `json:"failures,omitempty"`
	// Left lists what a rollback could not unmake, and why.
	Left []string `json:"left,omitempty"`
	// Differences and NotChecked are what a check has found so far.
	Differences []Difference `json:"differences,omitempty"`
	NotChecked  []Unchecked  `json:"not_checked,omitempty"`
}

// NodeStatus is a node with all that is known about it.
type NodeStatus struct {
	// Name is the group with the index, as in "storage-2".
	Name string `json:"name"`
	// Group is the blueprint's group that the node is of, Index its number in it from 0.
	Group string `json:"group"`
	Index int    `json:"index"`
	// ID is the provider's for the machine.
	ID string `json:"id,omitempty"`
	// Address is the IP address by which the node is reached, Hostname its name.
	Address  string `json:"address"`
	Hostname string `json:"hostname"`
	// Facts is all that is known about the node, by name.
	Facts map[string]any `json:"facts"`
}

// StepStatus is a step on a node. The launch of the nodes, the wait for their
// sshd and the collecting of facts are shown as the steps StepLaunch,
// StepConnect and StepFacts.
type StepStatus struct {
	Name     string     `json:"name"`
	Node     string     `json:"node"`
	State    StepState  `json:"state"`
	Attempts int        `json:"attempts"`
	Started  *time.Time `json:"started,omitempty"`
	Finished *time.Time `json:"finished,omitempty"`
	// Message says what it waits for, what it did, or why it failed.
	Message string `json:"message,omitempty"`
}

// StepCount is on how many nodes a step stands where.
type StepCount struct {
	Name    string `json:"name"`
	Waiting int    `json:"waiting"`
	Running int    `json:"running"`
	Done    int    `json:"done"`
	Failed  int    `json:"failed"`
	Skipped int    `json:"skipped"`
}

// Add counts one more node.
func (c *StepCount) Add(state StepState) {
	switch state {
	case StepWaiting:
		c.Waiting++
	case StepRunning:
		c.Running++
	case StepDone:
		c.Done++
	case StepFailed:
		c.Failed++
	case StepSkipped:
		c.Skipped++
	}
}

// Steps that every deployment has before those of its blueprint. A blueprint
// cannot name a step so.
const (
	StepLaunch  = "launch"
	StepConnect = "connect"
	// StepFacts collects facter facts on the nodes of a group that wants some.
	StepFacts = "facts"
)

// Outcome is what an operation returns.
type Outcome struct {
	// Deployment is the deployment's name, Blueprint that of the blueprint.
	Deployment string `json:"deployment"`
	Blueprint  string `json:"blueprint,omitempty"`
	// Simulated says that its machines are simulated ones: nothing was done anywhere.
	Simulated bool `json:"simulated,omitempty"`
	// State is Done or Destroyed; InSync or Drifted where it was only checked.
	State State `json:"state"`
	// Nodes are the deployment's nodes, in the plan's order.
	Nodes []NodeStatus `json:"nodes"`
	// FactsLeftOut says that the nodes' facts were too much to be told together.
	FactsLeftOut bool `json:"facts_left_out,omitempty"`
	// Outputs is what the blueprint promises to tell, by name.
	Outputs map[string]any `json:"outputs,omitempty"`
	// Changes lists what the operation changed, one line each, in the order
	// in which it happened; empty means that everything was as asked already.
	Changes []string `json:"changes"`
	// Left lists what the operation could not remove, and why.
	Left []string `json:"left,omitempty"`
	// Differences lists what a check found not to be as the request says.
	Differences []Difference `json:"differences,omitempty"`
	// NotChecked lists the steps that a check could not look at without acting.
	NotChecked []Unchecked `json:"not_checked,omitempty"`
}
