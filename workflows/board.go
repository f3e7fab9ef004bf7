package workflows

import (
	"time"

	"aiolos/deploy"
)

// board is where all that is known about a deployment is written: facts of its
// nodes, and where each step stands. Listeners and steps write to it; whoever
// waits looks at it. It keeps the order in which things were added, so that
// nothing depends on the order of a map.
type board struct {
	nodes []*boardNode
	named map[string]*boardNode
	steps []*deploy.StepStatus
	at    map[stepOn]*deploy.StepStatus
	// done counts the nodes on which a step is done.
	done map[string]int
	of   map[string]int
	// waits tells for a waiting step what it waits for at this moment.
	waits map[*deploy.StepStatus]func() string
}

type boardNode struct {
	deploy.Node
	facts map[string]any
}

// stepOn is a step on a node.
type stepOn struct{ step, node string }

func newBoard() *board {
	return &board{
		named: map[string]*boardNode{}, at: map[stepOn]*deploy.StepStatus{},
		done: map[string]int{}, of: map[string]int{}, waits: map[*deploy.StepStatus]func() string{},
	}
}

// addNode puts a planned node on the board; what the provider knows comes later.
func (b *board) addNode(spec deploy.NodeSpec) {
	n := &boardNode{Node: deploy.Node{Name: spec.Name, Group: spec.Group, Index: spec.Index, Disks: spec.Disks}, facts: map[string]any{}}
	b.nodes = append(b.nodes, n)
	b.named[spec.Name] = n
}

// addStep puts a step on a node on the board, waiting.
func (b *board) addStep(step, node string) {
	s := &deploy.StepStatus{Name: step, Node: node, State: deploy.StepWaiting}
	b.steps = append(b.steps, s)
	b.at[stepOn{step, node}] = s
	b.of[step]++
}

// launched records what the provider says of a node.
func (b *board) launched(i deploy.Instance) {
	n, ok := b.named[i.Node]
	if !ok {
		return
	}
	n.Node = i.AsNode()
	n.facts["address"] = i.Address
	n.facts["hostname"] = i.Hostname
	n.facts["id"] = i.ID
}

// learn records a fact. A node that is not of the deployment is ignored.
func (b *board) learn(node, name string, value any) {
	if n, ok := b.named[node]; ok {
		n.facts[name] = value
	}
}

// Fact is what expressions look facts up with.
func (b *board) Fact(node, name string) (any, bool) {
	n, ok := b.named[node]
	if !ok {
		return nil, false
	}
	value, ok := n.facts[name]
	return value, ok
}

// met says whether a need of a step on a node is fulfilled.
func (b *board) met(need deploy.Need, node string) bool {
	switch need.Of {
	case deploy.NeedAny:
		return b.done[need.Step] > 0
	case deploy.NeedAll:
		return b.done[need.Step] == b.of[need.Step]
	default:
		s := b.at[stepOn{need.Step, node}]
		return s != nil && s.State == deploy.StepDone
	}
}

// wait notes what a step waits for; why is asked whenever somebody looks.
func (b *board) wait(s *deploy.StepStatus, why func() string) { b.waits[s] = why }

// lacking names the nodes on which a needed step is not done yet.
func (b *board) lacking(need deploy.Need, node string) []string {
	if need.Of == deploy.NeedOwn {
		return []string{node}
	}
	var names []string
	for _, s := range b.steps {
		if s.Name == need.Step && s.State != deploy.StepDone {
			names = append(names, s.Node)
		}
	}
	return names
}

func (b *board) start(s *deploy.StepStatus, now time.Time) {
	delete(b.waits, s)
	s.State, s.Started, s.Message = deploy.StepRunning, &now, ""
	s.Attempts++
}

func (b *board) finish(s *deploy.StepStatus, state deploy.StepState, now time.Time, message string) {
	s.State, s.Finished, s.Message = state, &now, message
	if state == deploy.StepDone {
		b.done[s.Name]++
	}
}

// skipWaiting marks what will never start.
func (b *board) skipWaiting() {
	for _, s := range b.steps {
		if s.State == deploy.StepWaiting {
			s.State, s.Message = deploy.StepSkipped, ""
		}
	}
}

// all returns the nodes as activities want them.
func (b *board) all() []deploy.Node {
	nodes := make([]deploy.Node, len(b.nodes))
	for i, n := range b.nodes {
		nodes[i] = n.Node
	}
	return nodes
}

// nodeStatus returns the nodes as status shows them.
func (b *board) nodeStatus() []deploy.NodeStatus {
	status := make([]deploy.NodeStatus, len(b.nodes))
	for i, n := range b.nodes {
		status[i] = deploy.NodeStatus{Name: n.Name, Group: n.Group, Index: n.Index, ID: n.ID, Address: n.Address, Hostname: n.Hostname, Facts: n.facts}
	}
	return status
}

func (b *board) stepStatus() []deploy.StepStatus {
	status := make([]deploy.StepStatus, len(b.steps))
	for i, s := range b.steps {
		status[i] = *s
		if why, ok := b.waits[s]; ok && s.State == deploy.StepWaiting {
			status[i].Message = why()
		}
	}
	return status
}
