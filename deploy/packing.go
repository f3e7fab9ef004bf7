package deploy

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// packAbove is from how many on nodes are written in short. What is recorded of a
// deployment is bounded by Temporal (2 MiB a payload), and ten thousand nodes that
// differ in a number only would not fit otherwise. Up to there everything is
// written out, for people who look.
const packAbove = 100

// packedSpec is a node, and those after it that differ in their index only.
type packedSpec struct {
	NodeSpec
	Count int `json:"count,omitempty"`
}

// packedStep is a step whose nodes may be written as ranges: "storage-0..499".
type packedStep struct {
	Step
	Nodes []string `json:"nodes"`
}

// plainPlan is a plan that is written out.
type plainPlan Plan

// packedPlan is a plan in short.
type packedPlan struct {
	plainPlan
	Nodes    []packedSpec `json:"nodes"`
	Steps    []packedStep `json:"steps"`
	Existing []string     `json:"existing,omitempty"`
}

// MarshalJSON writes a plan; one of many nodes in short.
func (p Plan) MarshalJSON() ([]byte, error) {
	if len(p.Nodes) <= packAbove {
		return json.Marshal(plainPlan(p))
	}
	packed := packedPlan{plainPlan: plainPlan(p), Nodes: packSpecs(p.Nodes), Existing: packNames(p.Existing)}
	for _, s := range p.Steps {
		packed.Steps = append(packed.Steps, packedStep{s, packNames(s.Nodes)})
	}
	return json.Marshal(packed)
}

// UnmarshalJSON reads a plan, however it was written.
func (p *Plan) UnmarshalJSON(text []byte) error {
	var packed packedPlan
	if err := json.Unmarshal(text, &packed); err != nil {
		return err
	}
	*p = Plan(packed.plainPlan)
	p.Nodes, p.Steps, p.Existing = nil, nil, unpackNames(packed.Existing)
	for _, s := range packed.Nodes {
		p.Nodes = append(p.Nodes, s.unpack()...)
	}
	for _, s := range packed.Steps {
		s.Step.Nodes = unpackNames(s.Nodes)
		p.Steps = append(p.Steps, s.Step)
	}
	return nil
}

// WrittenOut has a plan written with all its nodes, for programs that read it.
func (p *Plan) WrittenOut() any { return (*plainPlan)(p) }

func packSpecs(nodes []NodeSpec) []packedSpec {
	var packed []packedSpec
	for _, n := range nodes {
		if last := len(packed) - 1; last >= 0 {
			p := &packed[last]
			if same(p.at(max(p.Count, 1)), n) {
				p.Count = max(p.Count, 1) + 1
				continue
			}
		}
		packed = append(packed, packedSpec{NodeSpec: n})
	}
	return packed
}

// at is the node that follows a packed one at a distance.
func (p packedSpec) at(distance int) NodeSpec {
	n := p.NodeSpec
	n.Index += distance
	n.Name = NodeName(n.Group, n.Index)
	n.Hostname = strings.TrimSuffix(p.Hostname, p.Name) + n.Name
	if n.Zones > 0 {
		n.Zone = (p.Zone + distance) % n.Zones
	}
	return n
}

func (p packedSpec) unpack() []NodeSpec {
	nodes := []NodeSpec{p.NodeSpec}
	for i := 1; i < p.Count; i++ {
		nodes = append(nodes, p.at(i))
	}
	return nodes
}

// same says that two nodes are alike in all that is written of them.
func same(a, b NodeSpec) bool {
	one, err := json.Marshal(a)
	other, wrong := json.Marshal(b)
	return err == nil && wrong == nil && string(one) == string(other)
}

// rangeMark stands between the ends of a range of indexes.
const rangeMark = ".."

// packNames writes names of nodes that follow each other as ranges.
func packNames(names []string) []string {
	var packed []string
	for at := 0; at < len(names); {
		group, first, ok := SplitNodeName(names[at])
		count := 1
		for ok && at+count < len(names) && names[at+count] == NodeName(group, first+count) {
			count++
		}
		if count == 1 {
			packed = append(packed, names[at])
		} else {
			packed = append(packed, names[at]+rangeMark+strconv.Itoa(first+count-1))
		}
		at += count
	}
	return packed
}

func unpackNames(packed []string) []string {
	if !slices.ContainsFunc(packed, func(n string) bool { return strings.Contains(n, rangeMark) }) {
		return packed
	}
	var names []string
	for _, n := range packed {
		from, to, isRange := strings.Cut(n, rangeMark)
		group, first, ok := SplitNodeName(from)
		last, err := strconv.Atoi(to)
		if !isRange || !ok || err != nil || last-first >= maxPlanNodes {
			names = append(names, n)
			continue
		}
		for i := first; i <= last; i++ {
			names = append(names, NodeName(group, i))
		}
	}
	return names
}
