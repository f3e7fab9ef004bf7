package deploy_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
)

// TestPlansAreReadAsTheyWere: whatever is written in short is read as it was.
func TestPlansAreReadAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := deploy.Plan{Deployment: "d", Parameters: map[string]any{}}
		step := deploy.Step{Name: "s", Action: "run", Config: json.RawMessage(`{}`)}
		for _, group := range []string{"web", "data-base"} {
			count, from := rapid.IntRange(0, 130).Draw(t, "count"), rapid.IntRange(0, 3).Draw(t, "from")
			zones, odd := rapid.IntRange(0, 3).Draw(t, "zones"), rapid.IntRange(0, 200).Draw(t, "odd")
			for i := from; i < from+count; i++ {
				name := fmt.Sprintf("%s-%d", group, i)
				spec := deploy.NodeSpec{Name: name, Group: group, Index: i, Hostname: "d-" + name, Zones: zones}
				if zones > 0 {
					spec.Zone = i % zones
				}
				if i == odd {
					spec.Image, spec.Hostname = "other", "elsewhere"
				}
				p.Nodes = append(p.Nodes, spec)
				if i != odd {
					step.Nodes = append(step.Nodes, name)
				}
			}
		}
		p.Steps, p.Existing = []deploy.Step{step, {Name: "t", Action: "run", Config: json.RawMessage(`{}`)}}, step.Nodes
		text, err := json.Marshal(p)
		require.NoError(t, err)
		var read deploy.Plan
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, p, read)
	})
}

func TestMachinesAreReadAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := deploy.Instances{}
		nodes := deploy.Nodes{}
		for i := range rapid.IntRange(0, 300).Draw(t, "count") {
			one := deploy.Instance{Node: fmt.Sprintf("web-%d", i), Group: "web", Index: i, ID: "i-1", Address: "10.0.0.1", Hostname: "h"}
			switch rapid.IntRange(0, 9).Draw(t, "kind") {
			case 0:
				one.Node = "odd"
			case 1:
				one.Disks = []deploy.Disk{{Device: "/dev/x", SizeGB: 1}}
			case 2:
				one.Launched = true
			}
			all, nodes = append(all, one), append(nodes, one.AsNode())
		}
		text, err := json.Marshal(all)
		require.NoError(t, err)
		var read deploy.Instances
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, all, read)
		text, err = json.Marshal(nodes)
		require.NoError(t, err)
		var readNodes deploy.Nodes
		require.NoError(t, json.Unmarshal(text, &readNodes))
		require.Equal(t, nodes, readNodes)
	})
}

// TestManyNodesFit: a plan of as many nodes as there may be is small.
func TestManyNodesFit(t *testing.T) {
	p := deploy.Plan{Deployment: "d"}
	var names []string
	machines := deploy.Instances{}
	for i := range deploy.MaxNodes {
		name := fmt.Sprintf("web-%d", i)
		names = append(names, name)
		p.Nodes = append(p.Nodes, deploy.NodeSpec{Name: name, Group: "web", Index: i, Hostname: "d-" + name})
		machines = append(machines, deploy.Instance{Node: name, Group: "web", Index: i, ID: "i-0123456789abcdef0", Address: "10.100.100.100", Hostname: "deployment-" + name})
	}
	p.Steps = []deploy.Step{{Name: "a", Nodes: names, Config: json.RawMessage(`{}`)}, {Name: "b", Nodes: names, Config: json.RawMessage(`{}`)}}
	text, err := json.Marshal(p)
	require.NoError(t, err)
	require.Less(t, len(text), 2000)
	text, err = json.Marshal(machines)
	require.NoError(t, err)
	require.Less(t, len(text), 1<<20)
}
