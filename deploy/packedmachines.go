package deploy

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Instances are machines; many are written in short.
type Instances []Instance

// Nodes are nodes; many are written in short.
type Nodes []Node

// packedMachines are machines of one group that are alike. Each machine is its
// index, ID, address, and host name.
type packedMachines struct {
	Instance
	Machines []packedMachine `json:"machines,omitempty"`
}

type packedMachine struct {
	index                 int
	id, address, hostname string
}

// MarshalJSON writes a machine as a list.
func (m packedMachine) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{m.index, m.id, m.address, m.hostname})
}

// UnmarshalJSON reads a machine from a list.
func (m *packedMachine) UnmarshalJSON(text []byte) error {
	fields := []any{&m.index, &m.id, &m.address, &m.hostname}
	want := len(fields)
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	if len(fields) != want {
		return fmt.Errorf("a machine of %d fields in place of %d", len(fields), want)
	}
	return nil
}

// MarshalJSON writes machines; many in short.
func (all Instances) MarshalJSON() ([]byte, error) {
	if len(all) <= packAbove {
		return json.Marshal([]Instance(all))
	}
	var packed []packedMachines
	for _, i := range all {
		like := i
		like.Node, like.Index, like.ID, like.Address, like.Hostname = "", 0, "", "", ""
		if i.Node != NodeName(i.Group, i.Index) {
			packed = append(packed, packedMachines{Instance: i})
			continue
		}
		if last := len(packed) - 1; last < 0 || packed[last].Machines == nil || !reflect.DeepEqual(packed[last].Instance, like) {
			packed = append(packed, packedMachines{Instance: like})
		}
		p := &packed[len(packed)-1]
		p.Machines = append(p.Machines, packedMachine{i.Index, i.ID, i.Address, i.Hostname})
	}
	return json.Marshal(packed)
}

// UnmarshalJSON reads machines, however they were written.
func (all *Instances) UnmarshalJSON(text []byte) error {
	var packed []packedMachines
	if err := json.Unmarshal(text, &packed); err != nil {
		return err
	}
	*all = nil
	if packed != nil {
		*all = Instances{}
	}
	for _, p := range packed {
		if p.Machines == nil {
			*all = append(*all, p.Instance)
			continue
		}
		for _, m := range p.Machines {
			i := p.Instance
			i.Node, i.Index, i.ID, i.Address, i.Hostname = NodeName(i.Group, m.index), m.index, m.id, m.address, m.hostname
			*all = append(*all, i)
		}
	}
	return nil
}

// MarshalJSON writes nodes; many in short.
func (all Nodes) MarshalJSON() ([]byte, error) {
	if len(all) <= packAbove {
		return json.Marshal([]Node(all))
	}
	machines := make(Instances, len(all))
	for i, n := range all {
		machines[i] = n.AsInstance()
	}
	return json.Marshal(machines)
}

// UnmarshalJSON reads nodes, however they were written.
func (all *Nodes) UnmarshalJSON(text []byte) error {
	var plain []Node
	if err := json.Unmarshal(text, &plain); err != nil {
		return err
	}
	if len(plain) == 0 || plain[0].Name != "" {
		*all = plain
		return nil
	}
	var machines Instances
	if err := json.Unmarshal(text, &machines); err != nil {
		return err
	}
	*all = nil
	for _, i := range machines {
		*all = append(*all, i.AsNode())
	}
	return nil
}
