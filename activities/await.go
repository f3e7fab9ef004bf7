package activities

import (
	"time"

	"aiolos/deploy"
)

// AwaitConfig configures the action "await". It has either signal or fact.
type AwaitConfig struct {
	// Signal is the name of the node's signal, or of any other fact of the node
	// that something else tells.
	Signal string `json:"signal,omitempty"`
	// Fact is the name of a facter fact, which the node is asked for until it has one.
	Fact string `json:"fact,omitempty"`
	// Timeout is for how long, as in "10m", which is the default. The step's
	// own timeout does the same.
	Timeout string `json:"timeout,omitempty"`
}

// awaitAction waits until the node has a fact. It is no deed: the workflow
// waits by itself, on the fact board, with a durable timer.
func awaitAction() Action {
	a := Action{Title: "Await", Nature: NatureAwait, Unchecked: "there is nothing to wait for where nothing is done"}
	a.Name = "await"
	a.Doc = "Waits until the node has signalled a value of that name, or facter knows a fact."
	a.Check = check(checkAwait)
	a.Produces = func(config map[string]any) []string {
		// A signal is made by whoever sends it; a fact of facter is only known
		// because this step asks for it.
		if name, ok := config["fact"].(string); ok && name != "" {
			return []string{deploy.TopLevel(name)}
		}
		return nil
	}
	return action[AwaitConfig](a, nil)
}

func checkAwait(c AwaitConfig) []deploy.Problem {
	var problems []deploy.Problem
	switch {
	case c.Signal == "" && c.Fact == "":
		problems = append(problems, deploy.Problem{Field: "signal", Allowed: "the name of a signal, or fact with the name of a facter fact"})
	case c.Signal != "" && c.Fact != "":
		problems = append(problems, deploy.Problem{Field: "fact", Value: c.Fact, Allowed: "either signal or fact, not both"})
	}
	if c.Fact != "" && !deploy.FactNames.OK(c.Fact) {
		problems = append(problems, deploy.Problem{Field: "fact", Value: c.Fact, Allowed: deploy.FactNames.Allowed})
	}
	if _, ok := c.For(); !ok {
		problems = append(problems, deploy.Problem{Field: "timeout", Value: c.Timeout, Allowed: "a duration from 1s to 720h, like 10m"})
	}
	return problems
}

// For is how long to wait; 0 where the configuration does not say.
func (c AwaitConfig) For() (time.Duration, bool) {
	if c.Timeout == "" {
		return 0, true
	}
	d, err := time.ParseDuration(c.Timeout)
	return d, err == nil && d >= time.Second && d <= 720*time.Hour
}
