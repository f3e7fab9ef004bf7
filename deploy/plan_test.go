package deploy_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
)

func read(t require.TestingT, text string) *deploy.Blueprint {
	b, err := deploy.ReadBlueprint("", []byte(text), actions)
	require.NoError(t, err)
	return b
}

func existing(group string, indexes ...int) []deploy.Instance {
	var all []deploy.Instance
	for _, i := range indexes {
		name := group + "-" + string(rune('0'+i))
		all = append(all, deploy.Instance{Node: name, Group: group, Index: i, ID: "i-" + name, Hostname: "h-" + name, Address: "10.0.0.9"})
	}
	return all
}

const stepsOn3 = "name: x\nparameters: {n: {type: integer, default: 3}, m: {type: integer, default: 1}}\ngroups: {a: {count: '${params.n}', profile: p}, b: {count: '${params.m + 1}', profile: p}}\n"

// TestRefusedPlans holds what a person is told when a plan cannot be made.
func TestRefusedPlans(t *testing.T) {
	gluster, ok := deploy.Builtin("glusterfs")
	require.True(t, ok)
	for name, c := range map[string]struct {
		blueprint  string
		deployment string
		parameters map[string]any
		existing   []deploy.Instance
		want       string
	}{
		"too few":     {parameters: map[string]any{"nodes": "0"}, want: `parameters.nodes: found "0"; allowed: an integer from 1 to 1000`},
		"no number":   {parameters: map[string]any{"nodes": "abc"}, want: `parameters.nodes: found "abc"; allowed: an integer from 1 to 1000`},
		"no integer":  {parameters: map[string]any{"nodes": 2.5}, want: `parameters.nodes: found "2.5"; allowed: an integer from 1 to 1000`},
		"null":        {parameters: map[string]any{"nodes": nil}, want: `parameters.nodes: found "null"; allowed: an integer from 1 to 1000`},
		"a list":      {parameters: map[string]any{"nodes": []any{3}}, want: `parameters.nodes: found "a list"; allowed: an integer from 1 to 1000`},
		"empty":       {parameters: map[string]any{"volume": ""}, want: `parameters.volume: found ""; allowed: a string that matches [A-Za-z0-9_][A-Za-z0-9_-]{0,59}`},
		"a command":   {parameters: map[string]any{"volume": ";rm -rf /"}, want: `parameters.volume: found ";rm -rf /"; allowed: a string that matches [A-Za-z0-9_][A-Za-z0-9_-]{0,59}`},
		"two lines":   {parameters: map[string]any{"volume": "a\nb"}, want: `parameters.volume: found "a\nb"; allowed: a string that matches [A-Za-z0-9_][A-Za-z0-9_-]{0,59}`},
		"no string":   {parameters: map[string]any{"volume": 3}, want: `parameters.volume: found "3"; allowed: a string that matches [A-Za-z0-9_][A-Za-z0-9_-]{0,59}`},
		"device":      {parameters: map[string]any{"data_device": "/dev/../etc"}, want: `parameters.data_device: found "/dev/../etc"; allowed: a string that matches /dev/[a-z0-9]{1,20}`},
		"enum":        {parameters: map[string]any{"rebalance": "ful"}, want: `parameters.rebalance: found "ful"; allowed: one of: none, fix-layout, full`},
		"misspelled":  {parameters: map[string]any{"node": 3}, want: `parameters.node: found "3"; allowed: a parameter of glusterfs: did you mean nodes? one of: arbiter, data_device, disk_gb, disperse, nodes, rebalance, redundancy, replica, volume`},
		"all at once": {parameters: map[string]any{"nodes": 0, "disk_gb": 0}, want: "parameters.nodes: found \"0\"; allowed: an integer from 1 to 1000\nparameters.disk_gb: found \"0\"; allowed: an integer from 1 to 64000"},
		"replica":     {parameters: map[string]any{"nodes": 4, "replica": 3}, want: `parameters.replica: found "3"; allowed: a number of which the 4 bricks are a multiple (steps.volume.gluster_volume.replica)`},
		"shrinking":   {parameters: map[string]any{"nodes": 2}, existing: existing("storage", 0, 1, 2), want: `parameters.nodes: found "2"; allowed: 3 or more: storage-0, storage-1, storage-2 exist, and a smaller number would remove nodes that hold data (groups.storage.count)`},
		"a gap":       {parameters: map[string]any{"nodes": 2}, existing: existing("storage", 2), want: `parameters.nodes: found "2"; allowed: 3 or more: storage-2 exist, and a smaller number would remove nodes that hold data (groups.storage.count)`},
		"other group": {existing: existing("web", 0), want: `blueprint: found "glusterfs"; allowed: a blueprint with the group web, of which the deployment has nodes that may hold data`},
		"name":        {deployment: "Bad_Name", want: `deployment: found "Bad_Name"; allowed: 1 to 40 lower-case letters, digits and hyphens, a letter first and no hyphen last`},
		"long name":   {deployment: strings.Repeat("a", 41), want: `deployment: found "` + strings.Repeat("a", 41) + `"; allowed: 1 to 40 lower-case letters, digits and hyphens, a letter first and no hyphen last`},
		"host name": {
			deployment: strings.Repeat("a", 40), blueprint: "name: x\ngroups: {abcdefghij0123456789: {count: 100, profile: p}}\n",
			want: `deployment: found "` + strings.Repeat("a", 40) + `"; allowed: a name 1 characters shorter: the host name ` + strings.Repeat("a", 40) + `-abcdefghij0123456789-99 has to fit 63 characters`,
		},
		"derived": {
			blueprint: stepsOn3, existing: existing("b", 0, 1, 2),
			want: `parameters.m: found "1"; allowed: one that makes groups.b.count, which is 2 now, 3 or more: b-0, b-1, b-2 exist, and a smaller number would remove nodes that hold data`,
		},
		"fixed": {
			blueprint: "name: x\ngroups: {b: {count: 1, profile: p}}\n", existing: existing("b", 0, 1),
			want: `groups.b.count (line 2): found "1"; allowed: 2 or more: b-0, b-1 exist, and a smaller number would remove nodes that hold data`,
		},
		"missing": {
			blueprint: "name: x\nparameters: {n: {type: integer, minimum: 1}}\ngroups: {b: {count: '${params.n}', profile: p}}\n",
			want:      `parameters.n: not set; allowed: an integer of at least 1`,
		},
		"group": {
			blueprint: "name: x\nparameters: {p: {type: string, default: a b}}\ngroups: {b: {count: '${1/0}', profile: '${params.p}', disks: [{device: xvdj, size_gb: 0}, {device: /dev/a, size_gb: 1}, {device: /dev/a, size_gb: 1}]}}\n",
			want: "groups.b.count (line 3): found \"${1/0}\"; allowed: an expression that can be evaluated: division by zero\n" +
				"groups.b.disks[0].device (line 3): found \"xvdj\"; allowed: a block device below /dev, for example /dev/xvdj\n" +
				"groups.b.disks[0].size_gb (line 3): found \"0\"; allowed: an integer from 1 to 64000\n" +
				"groups.b.disks[2].device (line 3): found \"/dev/a\"; allowed: each device once in a group\n" +
				"parameters.p: found \"a b\"; allowed: 1 to 63 letters, digits, dots, hyphens and underscores (groups.b.profile)",
		},
		"cycle": {
			blueprint: stepsOn3 + "steps:\n  z: {on: a, run: {script: x}}\n  a: {on: a, needs: [z, b], run: {script: x}}\n  b: {on: a, needs: [c], run: {script: x}}\n  c: {on: a, needs: [a], run: {script: x}}\n",
			want:      `steps.a.needs (line 6): found "a → b → c → a"; allowed: needs that do not come back to the step itself`,
		},
		"index": {
			blueprint: stepsOn3 + "steps:\n  s: {on: 'a[3]', run: {script: x}}\n",
			want:      `steps.s.on (line 5): found "a[3]"; allowed: an index from 0 to 2, as a has 3 nodes`,
		},
		"own": {
			blueprint: stepsOn3 + "steps:\n  s: {on: b, run: {script: x}}\n  r: {on: a, needs: [{step: s, of: own}], run: {script: x}}\n",
			want:      `steps.r.needs[0] (line 6): found "own"; allowed: all, any or a number: s does not run on every node that r runs on`,
		},
		"evaluation": {
			blueprint: stepsOn3 + "steps:\n  s: {on: a, run: {script: 'x ${a[7].name}'}}\n  r: {on: a, run: {script: '${[1]}'}}\n  q: {on: a, run: {script: 'x ${a}'}}\noutputs: {o: '${a[0]}'}\n",
			want: "steps.s.run.script (line 5): found \"${a[7].name}\"; allowed: an expression that can be evaluated: index out of bounds: 7\n" +
				"steps.r.run.script (line 6): found \"a list\"; allowed: a string\n" +
				"steps.q.run.script (line 7): found \"${a}\"; allowed: an expression that can be evaluated: its value is a Node; one of its members has to be named, like .name\n" +
				"outputs.o (line 8): found \"${a[0]}\"; allowed: an expression that can be evaluated: its value is a Node; one of its members has to be named, like .name",
		},
	} {
		t.Run(name, func(t *testing.T) {
			text, deployment := c.blueprint, c.deployment
			if text == "" {
				text = string(gluster)
			}
			if deployment == "" {
				deployment = "demo"
			}
			b, err := deploy.ReadBlueprint("", []byte(text), actions)
			if err == nil {
				var p *deploy.Plan
				p, err = b.Plan(deployment, deploy.Request{Parameters: c.parameters}, "docker", c.existing)
				require.Nil(t, p)
			}
			var invalid *deploy.InvalidError
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, c.want, regexp.MustCompile(`, column \d+`).ReplaceAllString(err.Error(), ""))
		})
	}
}

func TestExistingNodesAreKept(t *testing.T) {
	b := builtin(t, "glusterfs")
	for _, nodes := range []int{3, 4} {
		p, err := b.Plan("demo", deploy.Request{Parameters: map[string]any{"nodes": nodes}}, "docker", existing("storage", 0, 2))
		require.NoError(t, err)
		require.Len(t, p.Nodes, nodes)
	}
}

// TestNeedsAndTracks has one case of each way in which a step follows another.
func TestNeedsAndTracks(t *testing.T) {
	p, err := read(t, stepsOn3+`
steps:
  first:    {on: a, run: {script: x}}
  second:   {on: a, needs: [first], run: {script: x}}          # own node: the same track
  aside:    {on: a, needs: [first], run: {script: x}}          # need not wait for second: a track of its own
  third:    {on: a, needs: [first, second], run: {script: x}}
  both:     {on: a, needs: [third, aside], run: {script: x}}   # waits for another track
  joined:   {on: a, needs: [{step: both, of: all}], run: {script: x}}
  other:    {on: b, needs: [joined], run: {script: x}}         # other nodes: all of them
  one:      {on: "a[0]", needs: [joined], run: {script: x}}    # its own node
  spread:   {on: a, needs: [one], run: {script: x}}            # one node's is no node's own: all
  any:      {on: b, needs: [{step: first, of: any}], run: {script: x}}
  free:     {on: a, run: {script: x}}
`).Plan("x", deploy.Request{}, "docker", nil)
	require.NoError(t, err)
	type line struct {
		name  string
		track int
		needs []deploy.Need
	}
	var got []line
	for _, s := range p.Steps {
		got = append(got, line{s.Name, s.Track, s.Needs})
	}
	require.Equal(t, []line{
		{"first", 0, nil},
		{"second", 0, []deploy.Need{{Step: "first", Of: "own"}}},
		{"aside", 1, []deploy.Need{{Step: "first", Of: "own"}}},
		{"third", 0, []deploy.Need{{Step: "first", Of: "own"}, {Step: "second", Of: "own"}}},
		{"both", 2, []deploy.Need{{Step: "third", Of: "own"}, {Step: "aside", Of: "own"}}},
		{"joined", 3, []deploy.Need{{Step: "both", Of: "all"}}},
		{"other", 4, []deploy.Need{{Step: "joined", Of: "all"}}},
		{"one", 5, []deploy.Need{{Step: "joined", Of: "own"}}},
		{"spread", 6, []deploy.Need{{Step: "one", Of: "all"}}},
		{"any", 7, []deploy.Need{{Step: "first", Of: "any"}}},
		{"free", 8, nil},
	}, got)
}

// TestOrderRespectsNeeds: whatever the needs, if there is a plan, no step comes
// before one that it needs; if there is none, the cycle that is told is one.
func TestOrderRespectsNeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 12).Draw(t, "steps")
		names := make([]string, count)
		for i := range names {
			names[i] = "s" + string(rune('a'+i))
		}
		needs := map[string][]string{}
		var text strings.Builder
		text.WriteString("name: x\ngroups: {a: {count: 2, profile: p}}\nsteps:\n")
		for _, name := range names {
			for _, other := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, min(3, count), rapid.ID[string]).Draw(t, name) {
				if other != name {
					needs[name] = append(needs[name], other)
				}
			}
			text.WriteString("  " + name + ": {on: a, needs: [" + strings.Join(needs[name], ", ") + "], run: {script: x}}\n")
		}
		b, err := deploy.ReadBlueprint("", []byte(text.String()), actions)
		if err != nil {
			var invalid *deploy.InvalidError
			require.ErrorAs(t, err, &invalid)
			require.Len(t, invalid.Problems, 1)
			way := strings.Split(invalid.Problems[0].Value, " → ")
			require.Greater(t, len(way), 2)
			require.Equal(t, way[0], way[len(way)-1])
			for i := range way[1:] {
				require.Contains(t, needs[way[i]], way[i+1])
			}
			return
		}
		p, err := b.Plan("x", deploy.Request{}, "docker", nil)
		require.NoError(t, err)
		require.Len(t, p.Steps, count)
		track := map[string]int{}
		last := map[int]string{}
		for _, s := range p.Steps {
			before, opened := last[s.Track]
			for _, need := range s.Needs {
				require.Contains(t, track, need.Step, "needed later")
				if opened {
					require.Equal(t, s.Track, track[need.Step], "a track's step waits for another track")
				}
			}
			if opened {
				require.Contains(t, needs[s.Name], before, "held up by a step that it does not need")
			}
			track[s.Name], last[s.Track] = s.Track, s.Name
		}
	})
}
