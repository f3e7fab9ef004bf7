// Package workflows holds the order of things: what a deployment does first,
// what waits for what, and what happens when something fails. Everything in it
// is deterministic; deeds are activities.
package workflows

// Names by which callers reach the workflows. They are a contract with every
// program that starts or watches a deployment, and never change.
const (
	// TaskQueue is where the worker takes its work from, unless configured otherwise.
	TaskQueue = "aiolos"
	// DeployType is the workflow type that brings a deployment to what its request says.
	DeployType = "Deploy"
	// DestroyType is the workflow type that removes a deployment.
	DestroyType = "Destroy"
	// StatusQuery asks a running or finished operation for its deploy.Status.
	StatusQuery = "status"
	// NodeSignal is a node's own message; its payload is a NodeMessage.
	NodeSignal = "node-signal"
)

// NodeMessage is a signal of a node: "name = value". It becomes a fact of that node.
type NodeMessage struct {
	Node  string `json:"node"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Search attributes of a deployment. They are never encrypted, so nothing
// secret goes there. All but NodesAttribute are keywords; that one is an integer.
const (
	StateAttribute     = "AiolosState"
	BlueprintAttribute = "AiolosBlueprint"
	ProviderAttribute  = "AiolosProvider"
	NodesAttribute     = "AiolosNodes"
)
