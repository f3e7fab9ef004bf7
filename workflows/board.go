package workflows

import (
	"slices"
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

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
	// passed are steps that were skipped since they were not wanted on their
	// node: they count as done.
	passed map[*deploy.StepStatus]bool
	// moves counts what has happened, to tell whether anything still does; machines
	// counts what has happened to the nodes' machines.
	moves, machines int
	// waits tells for a waiting step what it waits for at this moment.
	waits map[*deploy.StepStatus]func() string
	// lacksFact says which of them wait for a fact.
	lacksFact map[*deploy.StepStatus]bool
	// factBytes is about how much all facts take.
	factBytes int
	// heard is told of every fact that is learned. May be nil.
	heard func(node, name string)
	// In a slice, told are the needs that are fulfilled for all nodes, as only the
	// deployment's own workflow can tell; foreign are facts of nodes of other
	// slices; and learned are the slice's own facts, in the order in which they came. Else all are nil.
	told    map[deploy.Need]bool
	foreign map[string]map[string]any
	learned []FactNamed
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
		done: map[string]int{}, of: map[string]int{}, passed: map[*deploy.StepStatus]bool{}, waits: map[*deploy.StepStatus]func() string{},
		lacksFact: map[*deploy.StepStatus]bool{},
	}
}

// addNode puts a planned node on the board; what the provider knows comes later.
func (b *board) addNode(spec deploy.NodeSpec) {
	n := &boardNode{Node: deploy.Node{Name: spec.Name, Group: spec.Group, Index: spec.Index, Disks: spec.Disks}, facts: map[string]any{}}
	b.nodes = append(b.nodes, n)
	b.named[spec.Name] = n
	b.machines++
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
	b.machines++
	n.Node = i.AsNode()
	n.facts["address"] = i.Address
	n.facts["hostname"] = i.Hostname
	n.facts["id"] = i.ID
}

// remove takes a node off the board that is no more. Its steps stay, to tell
// what was done.
func (b *board) remove(node string) {
	b.machines++
	b.nodes = slices.DeleteFunc(b.nodes, func(n *boardNode) bool { return n.Name == node })
}

// forget removes all facts of a node, whose machine is gone.
func (b *board) forget(node string) { b.named[node].facts = map[string]any{} }

// learn records a fact. A node that is not of the deployment is ignored.
func (b *board) learn(node, name string, value any) {
	if b.put(node, name, value) && b.told != nil {
		b.learned = append(b.learned, FactNamed{node, name})
	}
}

// put is learn for what others know already.
func (b *board) put(node, name string, value any) bool {
	n, ok := b.named[node]
	if !ok {
		return false // it is not of the deployment, or of another slice
	}
	// Members of a fact may become known one after the other.
	known, isMap := n.facts[name].(map[string]any)
	more, both := value.(map[string]any)
	if isMap && both {
		value = merged(known, more)
	}
	n.facts[name] = value
	b.weigh(value)
	b.moves++
	if b.heard != nil {
		b.heard(node, name)
	}
	return true
}

// tell records a fact of a node of another slice.
func (b *board) tell(node, name string, value any) {
	if b.foreign == nil {
		b.foreign = map[string]map[string]any{}
	}
	if b.foreign[node] == nil {
		b.foreign[node] = map[string]any{}
	}
	b.foreign[node][name] = value
	b.moves++
}

// merged puts two maps together, the second one over the first. It goes through
// them in order, as everything in a workflow has to, so that a linter can tell.
func merged(first, second map[string]any) map[string]any {
	all := make(map[string]any, len(first)+len(second))
	for _, m := range []map[string]any{first, second} {
		for _, name := range workflow.DeterministicKeys(m) {
			all[name] = m[name]
		}
	}
	return all
}

// unknown returns those of the facts, dotted or not, that are not known of a node.
func (b *board) unknown(node string, facts []string) []string {
	var missing []string
	for _, fact := range facts {
		if _, known := deploy.Member(b.named[node].facts, fact); !known {
			missing = append(missing, fact)
		}
	}
	return missing
}

// ended counts the steps that have come to an end on a node.
func (b *board) ended(node string) int {
	count := 0
	for _, s := range b.steps {
		if s.Node == node && s.Name != deploy.StepFacts && s.State != deploy.StepWaiting && s.State != deploy.StepRunning {
			count++
		}
	}
	return count
}

// stalled says that some steps wait and none runs, other than those that ask
// for facts.
func (b *board) stalled() bool {
	waiting := false
	for _, s := range b.steps {
		if s.State == deploy.StepRunning && s.Name != deploy.StepFacts {
			return false
		}
		waiting = waiting || (s.State == deploy.StepWaiting && s.Name != deploy.StepFacts)
	}
	return waiting
}

// Fact is what expressions look facts up with.
func (b *board) Fact(node, name string) (any, bool) {
	facts := b.foreign[node]
	if n, ok := b.named[node]; ok {
		facts = n.facts
	}
	value, ok := facts[name]
	return value, ok
}

// Disks are what expressions know a node's disks by: on some machines a disk has
// another name than it was asked for by.
func (b *board) Disks(node string) ([]deploy.Disk, bool) {
	n, ok := b.named[node]
	if !ok || n.ID == "" {
		return nil, false
	}
	return n.Disks, true
}

// met says whether a need of a step on a node is fulfilled.
func (b *board) met(need deploy.Need, node string) bool {
	if b.told != nil && need.Of != deploy.NeedOwn {
		return b.told[need]
	}
	switch need.Of {
	case deploy.NeedAny:
		return b.done[need.Step] > 0
	case deploy.NeedAll:
		return b.done[need.Step] == b.of[need.Step]
	case deploy.NeedOwn:
		s := b.at[stepOn{need.Step, node}]
		return s != nil && b.over(s)
	default:
		number, err := strconv.Atoi(need.Of)
		return err == nil && b.done[need.Step] >= number
	}
}

// over says whether a step needs nothing more: it is done, or was not wanted.
func (b *board) over(s *deploy.StepStatus) bool { return s.State == deploy.StepDone || b.passed[s] }

// wait notes what a step waits for; why is asked whenever somebody looks.
func (b *board) wait(s *deploy.StepStatus, why func() string) {
	b.waits[s] = why
	delete(b.lacksFact, s)
}

// lack notes which facts a step waits for.
func (b *board) lack(s *deploy.StepStatus, missing []deploy.Missing) {
	b.wait(s, func() string { return waitsForFacts(missing) })
	b.lacksFact[s] = true
}

// lacksNone notes that a step has all facts that it waited for.
func (b *board) lacksNone(s *deploy.StepStatus) {
	if b.lacksFact[s] {
		delete(b.waits, s)
		delete(b.lacksFact, s)
	}
}

// lacking names the nodes on which a needed step is not done yet.
func (b *board) lacking(need deploy.Need, node string) []string {
	if need.Of == deploy.NeedOwn {
		return []string{node}
	}
	if b.told != nil {
		return []string{"nodes of all slices"}
	}
	var names []string
	for _, s := range b.steps {
		if s.Name == need.Step && !b.over(s) {
			names = append(names, s.Node)
		}
	}
	return names
}

func (b *board) start(s *deploy.StepStatus, now time.Time) {
	delete(b.waits, s)
	s.State, s.Started, s.Message = deploy.StepRunning, &now, ""
	s.Attempts++
	b.moves++
}

// reset makes a step wait as if it had never begun.
func (b *board) reset(s *deploy.StepStatus) {
	if b.over(s) {
		b.done[s.Name]--
	}
	delete(b.waits, s)
	delete(b.lacksFact, s)
	delete(b.passed, s)
	s.State, s.Message, s.Started, s.Finished = deploy.StepWaiting, "", nil, nil
	b.moves++
}

// pass marks a step that is not wanted on its node.
func (b *board) pass(s *deploy.StepStatus, why string) {
	delete(b.waits, s)
	s.State, s.Message = deploy.StepSkipped, why
	b.passed[s] = true
	b.done[s.Name]++
	b.moves++
}

func (b *board) finish(s *deploy.StepStatus, state deploy.StepState, now time.Time, message string) {
	s.State, s.Finished, s.Message = state, &now, message
	b.moves++
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
