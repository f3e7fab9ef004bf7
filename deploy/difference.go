package deploy

// Difference is one thing that is not as the request says. A check finds them.
type Difference struct {
	// Step is the blueprint's step that would put it right; StepLaunch for a node that is
	// missing or too many, StepConnect for one that cannot be reached.
	Step string `json:"step"`
	Node string `json:"node,omitempty"`
	// What says in a line what differs.
	What string `json:"what"`
}

// Unchecked is a step that cannot be looked at without acting.
type Unchecked struct {
	// Step and Node say where.
	Step string `json:"step"`
	Node string `json:"node,omitempty"`
	// Because says why in a line.
	Because string `json:"because"`
}
