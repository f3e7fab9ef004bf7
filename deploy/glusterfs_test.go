package deploy_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// facts is what is known about nodes, for tests.
type facts map[string]map[string]any

func (f facts) Fact(node, name string) (any, bool) {
	v, ok := f[node][name]
	return v, ok
}

// launched are the facts that nodes have once they are launched.
func launched(p *deploy.Plan) facts {
	f := facts{}
	for _, n := range p.Nodes {
		f[n.Name] = map[string]any{"hostname": n.Hostname, "address": "10.0.0.1", "id": "id-" + n.Name}
	}
	return f
}

func builtin(t *testing.T, name string) *deploy.Blueprint {
	t.Helper()
	text, ok := deploy.Builtin(name)
	require.True(t, ok)
	b, err := deploy.ReadBlueprint(name, text, actions)
	require.NoError(t, err)
	return b
}

func TestGlusterFS(t *testing.T) {
	p, err := builtin(t, "glusterfs").Plan("demo", deploy.Request{Parameters: map[string]any{"nodes": "3"}}, "docker", nil)
	require.NoError(t, err)
	text, err := json.Marshal(p)
	require.NoError(t, err)
	var back deploy.Plan
	require.NoError(t, json.Unmarshal(text, &back))
	// From here on with what the history holds.
	require.Len(t, back.Nodes, 3)
	require.Equal(t, deploy.NodeSpec{
		Name: "storage-2", Group: "storage", Index: 2, Hostname: "demo-storage-2", Profile: "small-x86_64",
		Disks: []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 147}},
	}, back.Nodes[2])
	var tracks []int
	for _, s := range back.Steps {
		tracks = append(tracks, s.Track)
	}
	require.Equal(t, []int{0, 0, 1, 1, 1}, tracks)
	require.Equal(t, 600, back.Steps[1].Timeout)
	require.Equal(t, []deploy.Need{{Step: "glusterup", Of: deploy.NeedAll}}, back.Steps[2].Needs)

	e, err := back.Evaluator(actions)
	require.NoError(t, err)
	known := launched(&back)
	for i, want := range []string{
		`{"facts":{"data_device":"/dev/xvdj"},"module":"glusterfs","signal":"glusterup"}`,
		`{"signal":"glusterup"}`,
		`{"peers":["demo-storage-0","demo-storage-1","demo-storage-2"]}`,
		`{"arbiter":0,"bricks":["demo-storage-0:/data/brick01","demo-storage-1:/data/brick01","demo-storage-2:/data/brick01"],` +
			`"disperse":0,"name":"vol01","rebalance":"fix-layout","redundancy":0,"replica":1}`,
		`{"reader":"storage-2","volume":"vol01","writer":"storage-0"}`,
	} {
		config, missing, err := e.Config(&back.Steps[i], back.Steps[i].Nodes[0], known)
		require.NoError(t, err)
		require.Empty(t, missing)
		require.Equal(t, want, string(config))
	}
	outputs, missing, err := e.Outputs(known)
	require.NoError(t, err)
	require.Empty(t, missing)
	require.Equal(t, map[string]any{
		"volume": "vol01", "mount": "demo-storage-0:/vol01",
		"bricks": []any{"demo-storage-0:/data/brick01", "demo-storage-1:/data/brick01", "demo-storage-2:/data/brick01"},
	}, outputs)

	delete(known["storage-1"], "hostname")
	config, missing, err := e.Config(&back.Steps[2], "storage-0", known)
	require.NoError(t, err)
	require.Nil(t, config)
	require.Equal(t, []deploy.Missing{{Node: "storage-1", Fact: "hostname"}}, missing)
}
