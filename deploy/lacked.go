package deploy

import (
	"slices"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// maxTold is up to how many unknown facts an evaluation keeps apart to find
// which of them matter. CEL merges what is unknown into sets at every operator,
// which for the facts of very many nodes would take the square of their number;
// beyond, all that were looked up are told.
const maxTold = 64

// lacked are the unknown facts that an evaluation has looked up, in order.
type lacked struct {
	looked []Missing
	index  map[Missing]int
}

// unknown notes a fact that is not known, and returns what stands for its value.
func (l *lacked) unknown(m Missing) ref.Val {
	at, ok := l.index[m]
	if !ok {
		if l.index == nil {
			l.index = map[Missing]int{}
		}
		at = len(l.looked)
		l.index[m] = at
		l.looked = append(l.looked, m)
	}
	return types.NewUnknown(int64(min(at, maxTold)), nil)
}

// those are the facts for lack of which a result is unknown.
func (l *lacked) those(u *types.Unknown) []Missing {
	ids := u.IDs()
	if slices.Contains(ids, maxTold) {
		return l.looked
	}
	missing := make([]Missing, len(ids))
	for i, id := range ids {
		missing[i] = l.looked[id]
	}
	return missing
}

// distinct leaves out what is told a second time.
func distinct(all []Missing) []Missing {
	seen := map[Missing]bool{}
	var once []Missing
	for _, m := range all {
		if !seen[m] {
			seen[m] = true
			once = append(once, m)
		}
	}
	return once
}

// fact looks up a member of a node that the plan does not know.
func (e *Evaluator) fact(node, name string) ref.Val {
	if e.facts != nil {
		if value, known := e.facts.Fact(node, name); known {
			return adapter{}.NativeToValue(value)
		}
	}
	return e.lacked.unknown(Missing{Node: node, Fact: name})
}

// disks are those of a node's machine. Until there is one, or where it was launched
// with others than the plan has, they are the plan's.
func (e *Evaluator) disks(spec NodeSpec) []Disk {
	if m, ok := e.facts.(MachineFacts); ok {
		if disks, known := m.Disks(spec.Name); known && len(disks) == len(spec.Disks) {
			return disks
		}
	}
	return spec.Disks
}
