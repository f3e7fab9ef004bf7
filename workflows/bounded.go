package workflows

import (
	"encoding/json"
	"fmt"

	"aiolos/deploy"
)

// What is told of a deployment is bounded by Temporal: 2 MiB a payload, and of that
// something is left for what else is told. Of thousands of nodes the facts are left out
// first, and then those steps of which there is nothing to say.
const (
	mostTold = 1_600_000
	// About how many bytes a node without its facts, and a step on a node, take.
	nodeBytes = 160
	stepBytes = 200
	// mostStepsTold is how many steps on nodes are told where not all can be.
	mostStepsTold = 1000
)

// factsFit says whether all facts of all nodes can be told, beside that much else.
func (b *board) factsFit(besides int) bool {
	return len(b.nodes)*nodeBytes+b.factBytes+besides <= mostTold
}

// stepsFit says whether every step on every node can be told.
func (b *board) stepsFit() bool { return len(b.nodes)*nodeBytes+len(b.steps)*stepBytes <= mostTold }

// weigh counts what a fact takes. Of few nodes there is never too much.
func (b *board) weigh(value any) {
	if len(b.nodes) > slicing.above {
		text, _ := json.Marshal(value)
		b.factBytes += len(text) + stepBytes/4
	}
}

// fold leaves out of a status what does not fit.
func (d *deployment) fold(s *deploy.Status) {
	besides := len(d.board.steps) * stepBytes
	if !d.board.stepsFit() {
		besides = mostStepsTold * stepBytes
		s.Counts = d.board.stepCounts()
		s.Steps = notable(s.Steps, mostStepsTold)
	}
	if !d.board.factsFit(besides) {
		s.FactsLeftOut = true
		withoutFacts(s.Nodes)
	}
}

func withoutFacts(nodes []deploy.NodeStatus) {
	for i := range nodes {
		nodes[i].Facts = map[string]any{}
	}
}

// notable are steps that failed, then those that run, then those that wait: at most so many.
func notable(steps []deploy.StepStatus, most int) []deploy.StepStatus {
	chosen := make([]bool, len(steps))
	for _, state := range []deploy.StepState{deploy.StepFailed, deploy.StepRunning, deploy.StepWaiting} {
		for i, s := range steps {
			if s.State == state && most > 0 {
				chosen[i] = true
				most--
			}
		}
	}
	told := []deploy.StepStatus{}
	for i, s := range steps {
		if chosen[i] {
			told = append(told, s)
		}
	}
	return told
}

// changesTold are the changes, of which slices have left some out.
func (d *deployment) changesTold() []string {
	told, folded := d.changes, d.folded
	if d.cutting != nil && len(told) > mostChanges {
		told, folded = told[:mostChanges:mostChanges], folded+len(told)-mostChanges
	}
	if folded > 0 {
		told = append(told[:len(told):len(told)], fmt.Sprintf("%d more", folded))
	}
	return told
}
