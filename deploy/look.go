package deploy

// GraphNow is what the query "graph" answers: what waits for what, and how far each
// step has come.
type GraphNow struct {
	Deployment string `json:"deployment"`
	State      State  `json:"state"`
	// Steps stand in an order in which no step comes before one that it needs.
	Steps []GraphStep `json:"steps"`
	// Mermaid draws it, in the language of that name.
	Mermaid string `json:"mermaid"`
}

// GraphStep is a step with what it needs.
type GraphStep struct {
	Name   string `json:"name"`
	Action string `json:"action"`
	// On is where it runs, in words.
	On    string    `json:"on"`
	Needs []Need    `json:"needs,omitempty"`
	Now   StepCount `json:"now"`
}

// WaitingFor is what the query "waiting" answers: what is waited for, and what a
// person can do about it.
type WaitingFor struct {
	Deployment string `json:"deployment"`
	State      State  `json:"state"`
	// Steps are those that wait, those with the same reason together.
	Steps []WaitingStep `json:"steps"`
	// Failures wait for a decision, where the deployment needs attention.
	Failures []Failure `json:"failures,omitempty"`
	// Possible is what can be sent as an update.
	Possible []PossibleUpdate `json:"possible,omitempty"`
}

// WaitingStep is a step that waits.
type WaitingStep struct {
	Step string `json:"step"`
	// Count is on how many nodes, of which Nodes names some.
	Count int      `json:"count"`
	Nodes []string `json:"nodes"`
	// For says what it waits for.
	For string `json:"for"`
}

// PossibleUpdate is something that a person can do now.
type PossibleUpdate struct {
	Update string `json:"update"`
	Input  any    `json:"input"`
	// Does says what follows.
	Does string `json:"does"`
}
