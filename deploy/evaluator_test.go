package deploy_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// oneField makes a plan of two nodes a-0 and a-1 with one step on them, whose
// action is any, and returns what evaluates the step.
func oneField(t require.TestingT, config string) (*deploy.Evaluator, *deploy.Step) {
	b := read(t, `
name: x
parameters:
  whole: {type: integer, default: 3}
  number: {type: number, default: 3}
  text: {type: string, default: "it's ${nodes[0].word}"}
  yes: {type: boolean, default: true}
  list: {type: list, default: [a, 1, true]}
groups:
  a: {count: 2, profile: p, disks: [{device: /dev/xvdj, size_gb: 7}]}
  b: {count: 1, profile: p}
steps:
  s: {on: a, any: `+config+`}
`)
	p, err := b.Plan("x", deploy.Request{}, "docker", nil)
	require.NoError(t, err)
	text, err := json.Marshal(p)
	require.NoError(t, err)
	var back deploy.Plan
	require.NoError(t, json.Unmarshal(text, &back))
	e, err := back.Evaluator(actions)
	require.NoError(t, err)
	return e, &back.Steps[0]
}

var known = facts{
	"a-0": {"hostname": "x-a-0", "address": "10.0.0.1", "word": "hello", "flag": true, "third": 3.0, "map": map[string]any{"b": "2", "a": "1"}},
	"a-1": {"hostname": "x-a-1", "address": "10.0.0.2"},
	"b-0": {"hostname": "x-b-0"},
}

func TestValuesOfExpressions(t *testing.T) {
	for config, want := range map[string]string{
		`{any: "${params.whole}"}`:                                            `{"any":3}`,
		`{any: "${params.number}"}`:                                           `{"any":3}`,
		`{any: "${params.whole / 2}"}`:                                        `{"any":1}`,
		`{any: "${params.number / 2.0}"}`:                                     `{"any":1.5}`,
		`{any: "${params.yes}"}`:                                              `{"any":true}`,
		`{any: "${params.list}"}`:                                             `{"any":["a",1,true]}`,
		`{any: "${params.text}"}`:                                             `{"any":"it's ${nodes[0].word}"}`,
		`{any: "${null}"}`:                                                    `{"any":null}`,
		`{any: ' ${params.whole}'}`:                                           `{"any":" 3"}`,
		`{any: "${params.whole}-${params.number}-${params.yes}-${'x'}"}`:      `{"any":"3-3-true-x"}`,
		`{any: "$${params.whole} $x $$ ${1}"}`:                                `{"any":"${params.whole} $x $$ 1"}`,
		`{any: '${{"b": "}", "a": 2}}'}`:                                      `{"any":{"a":2,"b":"}"}}`,
		`{any: '${{"b": 1, "a": 2, "c": 3}.map(k, k)}'}`:                      `{"any":["a","b","c"]}`,
		`{any: "${nodes[0].map.map(k, nodes[0].map[k])}"}`:                    `{"any":["1","2"]}`,
		`{any: "${[{'b': 1, 'a': 2, 'c': 3}, 'x'][0].map(k, k)}"}`:            `{"any":["a","b","c"]}`,
		`{any: '${r"\}" + "\"}"}'}`:                                           `{"any":"\\}\"}"}`,
		`{any: "${'''}''' + node.name}"}`:                                     `{"any":"}a-0"}`,
		`{any: ["${node.name}", {x: "${node.index}"}, "${node.group}"]}`:      `{"any":["a-0",{"x":0},"a"]}`,
		`{any: "${node.disks[0].device}:${node.disks[0].size_gb}"}`:           `{"any":"/dev/xvdj:7"}`,
		`{any: "${node == a[0] && node != nodes[1]}"}`:                        `{"any":true}`,
		`{any: "${nodes.filter(n, n != node).map(n, n.hostname).join(',')}"}`: `{"any":"x-a-1,x-b-0"}`,
		`{any: "${nodes.map(n, n.name).join()}"}`:                             `{"any":"a-0a-1b-0"}`,
		`{any: "${node.word + node.address}"}`:                                `{"any":"hello10.0.0.1"}`,
		`{any: "${node.third}"}`:                                              `{"any":3}`,
		`{text: "${params.whole}"}`:                                           `{"text":"3"}`,
		`{text: "${params.yes}"}`:                                             `{"text":"true"}`,
		`{labels: {x: "${1.5}"}}`:                                             `{"labels":{"x":"1.5"}}`,
		`{count: "${params.number}"}`:                                         `{"count":3}`,
		`{ratio: "${params.whole}"}`:                                          `{"ratio":3}`,
		`{flag: "${node.flag}"}`:                                              `{"flag":true}`,
		`{names: "${a.map(n, n.name)}"}`:                                      `{"names":["a-0","a-1"]}`,
		`{names: ["${node.name}", x]}`:                                        `{"names":["a-0","x"]}`,
		`{inner: '${{"depth": 1}}', inners: [{depth: "${2}"}]}`:               `{"inner":{"depth":1},"inners":[{"depth":2}]}`,
	} {
		t.Run(config, func(t *testing.T) {
			e, step := oneField(t, config)
			for range 3 {
				got, missing, err := e.Config(step, "a-0", known)
				require.NoError(t, err)
				require.Empty(t, missing)
				require.Equal(t, want, string(got))
			}
		})
	}
}

// TestUnknownFacts: only facts that the result depends on are missing.
func TestUnknownFacts(t *testing.T) {
	for config, want := range map[string][]deploy.Missing{
		`{any: "${node.a}"}`:                                         {{Node: "a-1", Fact: "a"}},
		`{any: "${node.name == 'a-1' ? 1 : a[0].a}"}`:                nil,
		`{any: "${true || node.a}"}`:                                 nil,
		`{any: "${node.a == 'x' || true}"}`:                          nil,
		`{any: "${node.a == 'x' && false}"}`:                         nil,
		`{any: "${(node.a == 'x' || true) && node.b == 'x'}"}`:       {{Node: "a-1", Fact: "b"}},
		`{any: "${node.a == 'x' && node.b == 'x'}"}`:                 {{Node: "a-1", Fact: "a"}, {Node: "a-1", Fact: "b"}},
		`{any: "${node.a ? a[0].x : a[0].y}"}`:                       {{Node: "a-1", Fact: "a"}},
		`{any: "${a.map(n, n.x)}"}`:                                  {{Node: "a-0", Fact: "x"}, {Node: "a-1", Fact: "x"}},
		`{any: "${a.exists(n, n.x == 1)}"}`:                          {{Node: "a-0", Fact: "x"}, {Node: "a-1", Fact: "x"}},
		`{any: "${nodes.exists(n, n.hostname == 'x-b-0' || n.x)}"}`:  nil,
		`{any: "${a[0].x}${a[1].x}", text: "${a[0].y} ${a[0].x}"}`:   {{Node: "a-0", Fact: "x"}, {Node: "a-1", Fact: "x"}, {Node: "a-0", Fact: "y"}},
		`{any: ["${a[0].x}", {z: "${a[1].x}"}], text: "${1}"}`:       {{Node: "a-0", Fact: "x"}, {Node: "a-1", Fact: "x"}},
		`{any: "${node.a.b.c}"}`:                                     {{Node: "a-1", Fact: "a"}},
		`{any: "${[node.a, 1][1]}"}`:                                 {{Node: "a-1", Fact: "a"}},
		`{text: "${node.hostname}"}`:                                 nil,
		`{any: "${nodes.map(n, n.address).join(',') + nodes[2].q}"}`: {{Node: "b-0", Fact: "address"}, {Node: "b-0", Fact: "q"}},
	} {
		t.Run(config, func(t *testing.T) {
			e, step := oneField(t, config)
			got, missing, err := e.Config(step, "a-1", known)
			require.NoError(t, err)
			require.Equal(t, want, missing)
			require.Equal(t, len(want) == 0, got != nil)
		})
	}
}

func TestExpressionsThatCannotBeEvaluated(t *testing.T) {
	for config, want := range map[string]string{
		`{any: "${node.word[0]}"}`:       `steps.s.any.any: ${node.word[0]}: no such key: 0`,
		`{count: "${node.word}"}`:        `steps.s.any.count: found "hello"; allowed: an integer`,
		`{names: "${node.word}"}`:        `steps.s.any.names: found "hello"; allowed: a list, each element a string`,
		`{any: "x ${node.map}"}`:         `steps.s.any.any: ${node.map}: its value is a mapping, which cannot be part of a text`,
		`{inner: "${node.map}"}`:         `steps.s.any.inner.a: found "a"; allowed: one of: depth, label`,
		`{any: "${node.word + 1}"}`:      `steps.s.any.any: ${node.word + 1}: no such overload`,
		`{any: "${b[int(node.third)]}"}`: `steps.s.any.any: ${b[int(node.third)]}: index out of bounds: 3`,
	} {
		t.Run(config, func(t *testing.T) {
			e, step := oneField(t, config)
			_, _, err := e.Config(step, "a-0", known)
			var wrong *deploy.ExpressionError
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, want, err.Error())
			require.Equal(t, deploy.KindExpression, wrong.Kind())
		})
	}
}

func TestOutputsWait(t *testing.T) {
	p, err := read(t, "name: x\ngroups: {a: {count: 1, profile: p}}\noutputs: {b: '${a[0].word}', a: '${a[0].other}'}\n").Plan("x", deploy.Request{}, "docker", nil)
	require.NoError(t, err)
	e, err := p.Evaluator(actions)
	require.NoError(t, err)
	values, missing, err := e.Outputs(facts{})
	require.NoError(t, err)
	require.Nil(t, values)
	require.Equal(t, []deploy.Missing{{Node: "a-0", Fact: "other"}, {Node: "a-0", Fact: "word"}}, missing)
}

func TestConstant(t *testing.T) {
	e, _ := oneField(t, `{any: 1}`)
	for part, want := range map[string]string{
		`"${params.whole}"`:              `3`,
		`"v${params.whole}"`:             `"v3"`,
		`"plain"`:                        `"plain"`,
		`{"a": ["${params.yes}", null]}`: `{"a":[true,null]}`,
		// A value that looks like an expression must not become one.
		`"${params.text}"`: `"it's $${nodes[0].word}"`,
		`"$${x}"`:          `"$${x}"`,
		`"${node.name}"`:   ``,
		`"${a[0].name}"`:   ``,
		`"${1/0}"`:         ``,
		`"${"`:             ``,
		`{`:                ``,
	} {
		got, ok := e.Constant(json.RawMessage(part))
		require.Equal(t, want != "", ok, part)
		require.Equal(t, want, string(got), part)
	}
}

// TestHandWrittenPlan: a plan that does not hold the types of its parameters,
// or that is wrong, as a history could hold one.
func TestHandWrittenPlan(t *testing.T) {
	p := &deploy.Plan{
		Parameters: map[string]any{"n": 3.0, "f": 1.5, "s": "x", "b": true, "l": []any{"a"}},
		Groups:     []deploy.Group{{Name: "a", Count: 1}}, Nodes: []deploy.NodeSpec{{Name: "a-0", Group: "a"}},
		Steps: []deploy.Step{{Name: "s", Nodes: []string{"a-0"}, Action: "any", Config: json.RawMessage(`{"count": "${params.n * 2}", "any": "${params.f}${params.s}${params.b}${params.l[0]}"}`)}},
	}
	e, err := p.Evaluator(actions)
	require.NoError(t, err)
	config, _, err := e.Config(&p.Steps[0], "a-0", facts{})
	require.NoError(t, err)
	require.JSONEq(t, `{"count": 6, "any": "1.5xtruea"}`, string(config))
	_, _, err = e.Config(&p.Steps[0], "a-1", facts{})
	require.ErrorContains(t, err, "no node a-1")
	_, _, err = e.Config(&deploy.Step{Name: "t"}, "a-0", facts{})
	require.ErrorContains(t, err, "steps.t")

	p.Steps[0].Config = json.RawMessage(`{"count": "${params.m}"}`)
	_, err = p.Evaluator(actions)
	require.ErrorContains(t, err, "unknown member m")
	p.Steps[0].Config = json.RawMessage(`{"count": `)
	_, err = p.Evaluator(actions)
	require.ErrorContains(t, err, "steps.s.any")
	p.Steps[0].Config, p.Steps[0].Action = json.RawMessage(`{}`), "none"
	_, err = p.Evaluator(actions)
	require.ErrorContains(t, err, "no such action")
}
