package activities

// AwaitConfig configures the action "await".
type AwaitConfig struct {
	// Signal is the name of the node's signal, or of any other fact of the node.
	Signal string `json:"signal"`
}

// awaitAction waits until the node has a fact. It is no deed: the workflow
// waits by itself, on the fact board, with a durable timer.
func awaitAction() Action {
	a := Action{Title: "Await", Nature: NatureAwait}
	a.Name = "await"
	a.Doc = "Waits until the node has signalled a value of that name."
	return action[AwaitConfig](a, nil)
}
