package deploy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// FuzzReadBlueprint: no text makes reading or planning panic or hang, every
// refusal is an InvalidError that says something, and what can be planned can
// be evaluated after it has been through JSON.
func FuzzReadBlueprint(f *testing.F) {
	for _, name := range deploy.BuiltinNames() {
		text, _ := deploy.Builtin(name)
		f.Add(text)
	}
	files, err := filepath.Glob("testdata/*/*.yaml")
	require.NoError(f, err)
	whole, err := filepath.Glob("testdata/*.yaml")
	files = append(files, whole...)
	require.NoError(f, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := deploy.ReadBlueprint("", text, actions)
		if err != nil {
			refusal(t, err)
			return
		}
		b.Outline()
		request := deploy.Request{Parameters: map[string]any{}}
		for _, p := range b.Parameters {
			if p.Sensitive {
				request.Parameters[p.Name] = deploy.Sealed("AAAA")
			}
		}
		p, err := b.Plan("demo", request, "docker", nil)
		if err != nil {
			refusal(t, err)
			return
		}
		again, err := json.Marshal(p)
		require.NoError(t, err)
		var back deploy.Plan
		require.NoError(t, json.Unmarshal(again, &back))
		e, err := back.Evaluator(actions)
		require.NoError(t, err)
		for i := range back.Steps {
			if len(back.Steps[i].Nodes) == 0 {
				continue
			}
			_, _, err := e.When(&back.Steps[i], back.Steps[i].Nodes[0], launched(&back))
			_ = err // What depends on facts may be wrong.
			_, _, err = e.Config(&back.Steps[i], back.Steps[i].Nodes[0], launched(&back))
			_ = err // What depends on facts may be wrong.
		}
	})
}

func refusal(t *testing.T, err error) {
	var invalid *deploy.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.NotEmpty(t, invalid.Problems)
	for _, p := range invalid.Problems {
		require.NotEmpty(t, p.Field)
		require.NotEmpty(t, p.Allowed)
	}
}

// FuzzExpression: no text of a field makes compiling or evaluating panic or
// hang, and evaluating twice gives the same.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{
		"${node.name}", "$${x}", "a ${params.text} b", "${nodes.map(n, n.hostname).join(',')}", "${{'a': '}'}}", `${"\"}" + r'\'}`,
		"${node.x || true}", "${nodes.exists(n, n.x)}", "${'''}'''}", "${", "${}", "$${${1}}", "${[1][node.index]}", "${node.map.a}",
		"${[1].map(a, a + a)[0]}", "${'a'.matches('(a*)*')}", "${params.list[0]}", "${1.0 / 0.0}", "${-9223372036854775808 / -1}", "${b'x'}", "${18446744073709551615u}",
	} {
		f.Add(seed)
	}
	p := &deploy.Plan{
		Parameters: map[string]any{"whole": 3.0, "text": "x", "yes": true, "list": []any{"a", 1.0}},
		Groups:     []deploy.Group{{Name: "a", Count: 2}},
		Nodes:      []deploy.NodeSpec{{Name: "a-0", Group: "a", Disks: []deploy.Disk{{Device: "/dev/a", SizeGB: 1}}}, {Name: "a-1", Group: "a", Index: 1}},
	}
	f.Fuzz(func(t *testing.T, text string) {
		config, err := json.Marshal(map[string]any{"any": text})
		require.NoError(t, err)
		plan := *p
		plan.Steps = []deploy.Step{{Name: "s", Nodes: []string{"a-0"}, Action: "any", Config: config}}
		e, err := plan.Evaluator(actions)
		var wrong *deploy.ExpressionError
		if err != nil {
			require.ErrorAs(t, err, &wrong)
			return
		}
		first, missing, err := e.Config(&plan.Steps[0], "a-0", known)
		second, missingAgain, errAgain := e.Config(&plan.Steps[0], "a-0", known)
		require.Equal(t, string(first), string(second))
		require.Equal(t, missing, missingAgain)
		require.Equal(t, err, errAgain)
		if err != nil {
			require.ErrorAs(t, err, &wrong)
		}
		if constant, ok := e.Constant(config); ok {
			again, ok := e.Constant(constant)
			require.True(t, ok, "%s", constant)
			require.JSONEq(t, string(constant), string(again))
		}
	})
}
