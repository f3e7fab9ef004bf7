package deploy_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

var columns = regexp.MustCompile(`, column \d+`)

func language(t *testing.T, parameters map[string]any) *deploy.Plan {
	t.Helper()
	text, err := os.ReadFile("testdata/language.yaml")
	require.NoError(t, err)
	if parameters == nil {
		parameters = map[string]any{}
	}
	parameters["password"] = deploy.Sealed("AAAA")
	p, err := read(t, string(text)).Plan("demo", deploy.Request{Parameters: parameters}, "docker", nil)
	require.NoError(t, err)
	return p
}

func step(t *testing.T, p *deploy.Plan, name string) *deploy.Step {
	t.Helper()
	for i := range p.Steps {
		if p.Steps[i].Name == name {
			return &p.Steps[i]
		}
	}
	t.Fatalf("no step %s", name)
	return nil
}

func TestLanguagePlan(t *testing.T) {
	p := language(t, nil)
	require.Equal(t, deploy.Group{
		Name: "web", Count: 3, Profile: "small-x86_64", Image: "ami-v1", Disks: []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 10}},
		Facts: []string{"os.family", "ipaddress"}, Labels: map[string]string{"role": "front", "size": "3"}, Zones: 2,
	}, p.Groups[0])
	require.Equal(t, deploy.NodeSpec{
		Name: "web-1", Group: "web", Index: 1, Hostname: "demo-web-1", Profile: "small-x86_64", Image: "ami-v1",
		Disks: p.Groups[0].Disks, Labels: p.Groups[0].Labels, Zones: 2, Zone: 1,
	}, p.Nodes[1])
	for name, nodes := range map[string][]string{
		"both": {"web-0", "web-1", "web-2", "db-0"}, "make": {"db-0"}, "rest": {"web-1", "web-2"}, "some": {"web-0", "web-1", "web-2"},
		"none": {}, "zone": {"web-1"}, "last": {"web-0"},
	} {
		require.Equal(t, nodes, step(t, p, name).Nodes, name)
	}
	rest := step(t, p, "rest")
	require.Equal(t, []deploy.Need{{Step: "both", Of: "own"}, {Step: "make", Of: "all"}}, rest.Needs)
	require.Equal(t, "${node.os.family == 'Debian'}", rest.When)
	require.Equal(t, 2, rest.Parallel)
	require.Equal(t, 600, rest.Timeout)
	require.Equal(t, &deploy.Retry{Attempts: 3, Delay: 2}, rest.Retry)
	require.Equal(t, []deploy.Need{{Step: "rest", Of: "1"}}, step(t, p, "some").Needs)
	require.Equal(t, &deploy.Retry{Attempts: 2, Delay: 5}, step(t, p, "some").Retry)
	require.Equal(t, "${true}", step(t, p, "zone").When)
}

// board knows some facts.
type board map[string]any

func (b board) Fact(node, name string) (any, bool) {
	value, ok := b[node+"."+name]
	return value, ok
}

func TestLanguageEvaluates(t *testing.T) {
	p := language(t, nil)
	e, err := p.Evaluator(actions)
	require.NoError(t, err)
	rest := step(t, p, "rest")
	_, missing, err := e.When(rest, "web-1", board{})
	require.NoError(t, err)
	require.Equal(t, []deploy.Missing{{Node: "web-1", Fact: "os"}}, missing)
	for family, want := range map[string]bool{"Debian": true, "RedHat": false} {
		wanted, _, err := e.When(rest, "web-1", board{"web-1.os": map[string]any{"family": family}})
		require.NoError(t, err)
		require.Equal(t, want, wanted)
	}
	_, missing, err = e.Config(rest, "web-1", board{"db-0.port": "80"})
	require.NoError(t, err)
	require.Equal(t, []deploy.Missing{{Node: "db-0", Fact: "key"}}, missing)
	config, _, err := e.Config(rest, "web-1", board{"db-0.port": "80", "db-0.key": deploy.Sealed("BBBB")})
	require.NoError(t, err)
	require.JSONEq(t, `{"script": "80", "env": {"P": "pre <sealed:AAAA>", "K": "<sealed:BBBB>"}}`, string(config))
	both, _, err := e.Config(step(t, p, "both"), "web-1", board{})
	require.NoError(t, err)
	require.JSONEq(t, `{"script": "echo 1 3"}`, string(both))
	last, _, err := e.When(step(t, p, "last"), "web-0", board{})
	require.NoError(t, err)
	require.False(t, last)
}

// TestSensitiveParameters: nothing can be found out about one by an expression.
func TestSensitiveParameters(t *testing.T) {
	const head = "name: x\nparameters: {p: {type: string, sensitive: true}}\ngroups: {a: {count: 1, profile: small-x86_64}}\nsteps:\n"
	for _, expression := range []string{
		"params.p + 'x'", "params.p.size()", "params.p == 'x'", "params.p.matches('x')", "string(params.p)", "[params.p].join()", "params.p.x", "params.p in ['x']",
	} {
		_, err := deploy.ReadBlueprint("", []byte(head+"  s: {on: a, run: {script: \"${"+expression+"}\"}}\n"), actions)
		require.Error(t, err, expression)
	}
	b := read(t, head+"  s: {on: a, run: {script: 'x ${params.p} y'}}\n")
	for _, given := range []any{"hunter2", 3, nil, "pre " + deploy.Sealed("AAAA")} {
		_, err := b.Plan("d", deploy.Request{Parameters: map[string]any{"p": given}}, "docker", nil)
		require.ErrorContains(t, err, "parameters.p: found \"(sensitive)\"", "%v", given)
		require.NotContains(t, err.Error(), "hunter2")
	}
	_, err := deploy.ReadBlueprint("", []byte("name: x\nparameters: {p: {type: string, sensitive: true, default: hunter2}, n: {type: integer, sensitive: true}}\ngroups: {a: {count: 1, profile: p}}\n"), actions)
	require.Equal(t, "parameters.p.default (line 2): found \"(sensitive)\"; allowed: no default for a sensitive parameter: it has to be given\n"+
		"parameters.n.sensitive (line 2): found \"true\"; allowed: only for the type string", columns.ReplaceAllString(err.Error(), ""))
}

const groups2 = "name: x\ngroups: {a: {count: 2, profile: p}, b: {count: 2, profile: p}}\nsteps:\n"

// TestStepsThatWaitForThemselves are refused when the blueprint is read, or
// else when the plan is made; mutual references that can be fulfilled are not.
func TestStepsThatWaitForThemselves(t *testing.T) {
	for name, c := range map[string]struct{ steps, want string }{
		"its own output": {
			"  s: {on: a, run: {script: '${node.x}', outputs: [x]}}\n",
			`steps.s (line 4): found "s → s (for x)"; allowed: steps that do not wait for themselves`,
		},
		"an output of all": {
			"  s: {on: a, run: {script: '${a.map(n, n.x).join()}', outputs: [x]}}\n",
			`steps.s (line 4): found "s → s (for x)"; allowed: steps that do not wait for themselves`,
		},
		"a need and an output": {
			"  s: {on: a, run: {script: '${b[1].x}'}}\n  r: {on: b, needs: [s], run: {script: x, outputs: [x]}}\n",
			`steps.s (line 4): found "s → r (for x) → s"; allowed: steps that do not wait for themselves`,
		},
		"two outputs": {
			"  s: {on: a, run: {script: '${b[0].x}', outputs: [y]}}\n  r: {on: b, run: {script: '${a[0].y}', outputs: [x]}}\n",
			`steps.s (line 4): found "s → r (for x) → s (for y)"; allowed: steps that do not wait for themselves`,
		},
		"in a condition": {
			"  s: {on: a, when: \"${b[0].x == ''}\", run: {script: x}}\n  r: {on: b, needs: [s], run: {script: x, outputs: [x]}}\n",
			`steps.s (line 4): found "s → r (for x) → s"; allowed: steps that do not wait for themselves`,
		},
		"found node by node": {
			"  s: {on: a, run: {script: \"${a.filter(n, n.index >= node.index).map(n, n.x).join()}\", outputs: [x]}}\n",
			`steps.s (line 4): found "s on a-0 → s on a-0"; allowed: steps that do not wait for themselves`,
		},
		"over a quorum of all": {
			"  s: {on: a, run: {script: '${b[0].x}'}}\n  r: {on: b, needs: [{step: s, of: 2}], run: {script: x, outputs: [x]}}\n",
			`steps.s (line 4): found "s on a-0 → r on b-0 → s on a-0"; allowed: steps that do not wait for themselves`,
		},
		"one after the other": {"  s: {on: a, run: {script: \"${a.filter(n, n.index < node.index).map(n, n.x).join()}\", outputs: [x]}}\n", ""},
		"mutual facts":        {"  s: {on: a, run: {script: '${b[0].ipaddress}'}}\n  r: {on: b, run: {script: '${a[0].ipaddress}'}}\n", ""},
		"another node's":      {"  s: {on: 'a[0]', run: {script: '${a[1].x}'}}\n  r: {on: 'a[1]', run: {script: x, outputs: [x]}}\n", ""},
		"half a quorum":       {"  s: {on: a, run: {script: \"${node.index == 0 ? '' : string(b[0].x)}\"}}\n  r: {on: b, needs: [{step: s, of: 1}], run: {script: x, outputs: [x]}}\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := deploy.ReadBlueprint("", []byte(groups2+c.steps), actions)
			if err == nil {
				_, err = b.Plan("d", deploy.Request{}, "docker", nil)
			}
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			require.Equal(t, c.want, columns.ReplaceAllString(err.Error(), ""))
		})
	}
}

func TestOutline(t *testing.T) {
	text, err := os.ReadFile("testdata/language.yaml")
	require.NoError(t, err)
	o := read(t, string(text)).Outline()
	steps := map[string]deploy.OutlineStep{}
	for _, s := range o.Steps {
		steps[s.Name] = s
	}
	require.Equal(t, deploy.OutlineStep{
		Name: "rest", Action: "run", On: "${web.filter(n, n.index > 0)}", Groups: []string{"web"}, When: "${node.os.family == 'Debian'}",
		Parallel: "${params.nodes - 1}", Retry: 3, Timeout: 600, Needs: []deploy.OutlineNeed{{Step: "both", Of: "own"}, {Step: "make", Of: "all"}},
		Refers: []deploy.OutlineRef{{Fact: "os", Own: true}, {Group: "db", Fact: "key", From: "make"}, {Group: "db", Fact: "port", From: "make"}},
	}, steps["rest"])
	require.Equal(t, []string{"web", "db"}, steps["both"].Groups)
	require.False(t, steps["both"].Whole)
	require.Equal(t, []string{"port", "key"}, steps["make"].Produces)
	require.Equal(t, []deploy.OutlineNeed{{Step: "rest", Of: "${params.nodes / 2}"}}, steps["some"].Needs)
	require.Empty(t, steps["zone"].Groups, "an expression that chooses among all nodes")
}
