// Package workflows holds the order of things: what a deployment does first,
// what waits for what, and what happens when something fails. Everything in it
// is deterministic; deeds are activities.
package workflows

import "aiolos/deploy"

// Names by which callers reach the workflows. They are a contract with every
// program that starts or watches a deployment, and never change.
const (
	// TaskQueue is where the worker takes its work from, unless configured otherwise.
	TaskQueue = "aiolos"
	// DeployType is the workflow type that brings a deployment to what its request says.
	DeployType = "Deploy"
	// DestroyType is the workflow type that removes a deployment.
	DestroyType = "Destroy"
	// DeployNamedType is the workflow type that carries out Deploy as a child, on the
	// deployment that its input names: it takes a NamedRequest and returns what
	// Deploy does. It is for those who cannot choose a workflow ID freely: a
	// schedule adds the time to it.
	DeployNamedType = "DeployNamed"
	// PlanType is the workflow type that makes a plan and changes nothing: it
	// takes a deploy.Request and returns a deploy.Preview. Its workflow ID is
	// PlanID of the deployment's name.
	PlanType = "Plan"
	// SealingKeyType is the workflow type that returns the key that sensitive
	// values are sealed with, a deploy.SealingKey.
	SealingKeyType = "SealingKey"
	// NotifyType is the workflow type that delivers notices of one deployment to one
	// endpoint, in their order. Its workflow ID is NotifyID; it takes Deliveries, and
	// further notices as the signal NoticeSignal, a deploy.Notice. The worker starts it.
	NotifyType   = "Notify"
	NoticeSignal = "notice"
	// DoctorType is the workflow type that looks whether deployments can work; it
	// returns deploy.Findings.
	DoctorType = "Doctor"
	// LogsType is the workflow type that reads what jobs have printed: it takes a
	// deploy.LogRequest and returns a deploy.Log.
	LogsType = "Logs"
	// BelongingsType is the workflow type that tells what providers hold: it takes
	// the names of the deployments whose belongings are not asked for, and returns
	// deploy.Belongings.
	BelongingsType = "Belongings"
	// ApproveUpdate is a person's decision that a step of the action "approve"
	// awaits; it takes an Approval and returns what was decided, as text.
	ApproveUpdate = "approve"
	// RetryUpdate, SkipUpdate, AbortUpdate and ReplaceNodeUpdate are what a person
	// can decide when a deployment needs attention. They take a Retry, a Skip, an
	// Abort and a ReplaceNode, and return what follows, as text. One that cannot
	// be carried out is refused, and does not enter the history.
	RetryUpdate       = "retry"
	SkipUpdate        = "skip"
	AbortUpdate       = "abort"
	ReplaceNodeUpdate = "replace-node"
	// WaitUpdate waits for the end of an operation and returns its outcome, or fails
	// as it failed. Where a person is needed and nothing goes on beside, it fails at
	// once, with an error of the type AttentionFailure. It takes nothing.
	WaitUpdate = "wait"
	// AttentionFailure is the type of that error. Its details are the failures.
	AttentionFailure = "NeedsAttention"
	// NexusService and NexusDeploy name the Nexus operation that deploys: it takes
	// a NamedRequest and returns what Deploy does.
	NexusService = "aiolos"
	NexusDeploy  = "deploy"
	// StatusQuery asks a running or finished operation for its deploy.Status.
	StatusQuery = "status"
	// GraphQuery asks for what waits for what, a deploy.GraphNow; OutcomeQuery for the
	// deploy.Outcome as far as it is known; WaitingQuery for what is waited for, and what a
	// person can do, a deploy.WaitingFor.
	GraphQuery   = "graph"
	OutcomeQuery = "outcome"
	WaitingQuery = "waiting"
	// NodeSignal is a node's own message; its payload is a NodeMessage.
	NodeSignal = "node-signal"
)

// NamedRequest is a request with the name of the deployment that it is for, where
// that is not the workflow ID.
type NamedRequest struct {
	Deployment string         `json:"deployment"`
	Request    deploy.Request `json:"request"`
}

// Check says whether a request can be understood. The error is a *deploy.InvalidError.
func (r NamedRequest) Check() error {
	if err := deploy.CheckName(r.Deployment); err != nil {
		return err
	}
	return r.Request.Check()
}

// NodeMessage is a signal of a node: "name = value". It becomes a fact of that node.
type NodeMessage struct {
	Node  string `json:"node"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Approval is a person's decision.
type Approval struct {
	// Step is the name of the step that awaits it; it may be left out where only one does.
	Step string `json:"step,omitempty"`
	// By is who decides; it is recorded.
	By string `json:"by"`
	// Reject ends the step as failed, instead of letting it go on.
	Reject bool `json:"reject,omitempty"`
	// Comment is recorded beside the decision.
	Comment string `json:"comment,omitempty"`
}

// Retry has failed steps attempted anew.
type Retry struct {
	// Step and Node choose among those that failed; both empty means all of them.
	Step string `json:"step,omitempty"`
	Node string `json:"node,omitempty"`
	// Parameters are changed before, those that are given.
	Parameters map[string]any `json:"parameters,omitempty"`
	// By is who decides; it is recorded.
	By string `json:"by,omitempty"`
}

// Skip takes a failed step for done.
type Skip struct {
	Step string `json:"step"`
	// Node is where; empty means on every node where it failed.
	Node string `json:"node,omitempty"`
	// By is who decides; it is recorded.
	By string `json:"by,omitempty"`
}

// Abort ends a deployment that needs attention as failed.
type Abort struct {
	// Rollback unmakes what this run made.
	Rollback bool `json:"rollback,omitempty"`
	// By is who decides; it is recorded.
	By string `json:"by,omitempty"`
}

// ReplaceNode terminates a node, launches a fresh one under its name, and runs
// again what depends on it.
type ReplaceNode struct {
	Node string `json:"node"`
	// By is who decides; it is recorded.
	By string `json:"by,omitempty"`
}

// planPrefix begins the workflow IDs of plans. No deployment's name holds a
// slash, so a plan and an operation never get into each other's way.
const planPrefix = "plan/"

// PlanID is the workflow ID for making the plan of a deployment. Unique tells
// plans of one deployment apart that are made at the same time.
func PlanID(deployment, unique string) string { return planPrefix + deployment + "/" + unique }

// NotifyID is the workflow ID for delivering notices of a deployment to an endpoint.
func NotifyID(deployment, endpoint string) string { return "notify/" + deployment + "/" + endpoint }

// Search attributes of a deployment. They are never encrypted, so nothing
// secret goes there. All but NodesAttribute are keywords; that one is an integer.
const (
	StateAttribute     = "AiolosState"
	BlueprintAttribute = "AiolosBlueprint"
	ProviderAttribute  = "AiolosProvider"
	NodesAttribute     = "AiolosNodes"
	// FailedStepAttribute names the step that failed first of those that have; there
	// is none while nothing has failed.
	FailedStepAttribute = "AiolosFailedStep"
)
