package deploy_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// TestThousandNodes holds planning and evaluation of a large deployment to what
// a workflow task may take, with much to spare for slow machines.
func TestThousandNodes(t *testing.T) {
	began := time.Now()
	p, err := builtin(t, "glusterfs").Plan("demo", deploy.Request{Parameters: map[string]any{"nodes": 1000}}, "docker", nil)
	require.NoError(t, err)
	e, err := p.Evaluator(actions)
	require.NoError(t, err)
	known := launched(p)
	for _, s := range p.Steps {
		for _, n := range s.Nodes {
			_, missing, err := e.Config(&s, n, known)
			require.NoError(t, err)
			require.Empty(t, missing)
		}
	}
	_, missing, err := e.Config(&p.Steps[2], "storage-0", facts{})
	require.NoError(t, err)
	require.Len(t, missing, 1000)
	require.Less(t, time.Since(began), 5*time.Second)
}

func TestPlanHasToFitTheHistory(t *testing.T) {
	b := read(t, "name: x\ngroups: {a: {count: 10000, profile: p}}\nsteps:\n  s: {on: a, run: {script: x}}\n")
	plan, err := b.Plan("x", deploy.Request{}, "docker", nil)
	require.NoError(t, err)
	// What is pinned makes it larger.
	plan.Steps[0].Config = json.RawMessage(strconv.Quote(strings.Repeat("x", 3<<20)))
	err = plan.CheckSize()
	require.ErrorContains(t, err, "a plan of 10000 nodes")
}

// nested applies an operation to its own result n times.
func nested(n int, start, op string) string {
	e := start
	for i := range n {
		e = fmt.Sprintf("[%s].map(v%d, %s)[0]", e, i, strings.ReplaceAll(op, "v", fmt.Sprintf("v%d", i)))
	}
	return e
}

// TestBombs has expressions that would take very long or very much memory, if
// they were not bounded: whatever comes of each has to come soon.
func TestBombs(t *testing.T) {
	wide := strings.Repeat("v+", 11) + "v"
	for name, e := range map[string]string{
		"text doubled":         nested(15, `"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"`, "v+v"),
		"list doubled":         nested(15, `[1]`, "v+v"),
		"lists in lists":       nested(15, `[1]`, "[v, v]"),
		"maps in maps":         nested(15, `{"a": 1}`, `{"a": v, "b": v}`),
		"wide list, compared":  "[" + nested(8, `[1]`, wide) + "].map(x, x == x)",
		"wide text":            nested(8, `"aaaaaaaaaaaaaaaaaaaaaaaaa"`, wide),
		"loops":                strings.Repeat("nodes.map(a, ", 8) + "1" + strings.Repeat(")", 8),
		"join":                 `nodes.map(a, nodes.map(b, "aaaaaaaaaaaaaaaaaaaaa").join("bb")).join(nodes.map(b, "aaaaaaaaaaaaaaaaaaaaaaaaaaa").join("")).size()`,
		"large regexp":         `"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".matches("(((a*)*)*)*(x{1000}){1000}")`,
		"large regexp, hidden": `"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".matches("(x{1,1000}" + "){1,1000}")`,
		"parentheses":          strings.Repeat("(", 2000) + "1" + strings.Repeat(")", 2000),
		"brackets":             strings.Repeat("[", 2000) + "1" + strings.Repeat("]", 2000),
		"signs":                strings.Repeat("-", 4000) + "1",
		"members":              "nodes[0]" + strings.Repeat(".a", 2000),
		"sums":                 "1" + strings.Repeat("+1", 2000),
		"choices":              strings.Repeat("true?", 500) + "1" + strings.Repeat(":1", 500),
		"long":                 strings.Repeat(" ", 5000) + "1" + strings.Repeat("+1", 2500),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			b, err := deploy.ReadBlueprint("", []byte("name: x\ngroups: {a: {count: 200, profile: p}}\noutputs:\n  o: '${"+e+"}'\n"), actions)
			if err == nil {
				_, err = b.Plan("x", deploy.Request{}, "docker", nil)
			}
			var invalid *deploy.InvalidError
			if err != nil {
				require.ErrorAs(t, err, &invalid)
			}
			require.Less(t, time.Since(began), 5*time.Second)
		})
	}
}

// TestManyCostlyExpressions has expressions of which each is within its bound.
func TestManyCostlyExpressions(t *testing.T) {
	e := "${nodes.map(a, nodes.map(b, 1)).size()}"
	b := read(t, "name: x\ngroups: {a: {count: 300, profile: p}}\nsteps:\n  s: {on: a, run: {script: '"+strings.Repeat(e, 100)+"'}}\n")
	_, err := b.Plan("x", deploy.Request{}, "docker", nil)
	require.ErrorContains(t, err, "it takes too much to evaluate")
	_, err = deploy.ReadBlueprint("", []byte("name: x\ngroups: {a: {count: 300, profile: p}}\noutputs:\n  o: '"+strings.Repeat(e, 2001)+"'\n"), actions)
	require.ErrorContains(t, err, "more expressions")
}

func TestLargeText(t *testing.T) {
	_, err := deploy.ReadBlueprint("", make([]byte, deploy.MaxSourceBytes+1), actions)
	require.ErrorContains(t, err, "at most 524288 bytes")
	text := "name: x\ngroups: {web: {count: 1, profile: p}}\nsteps:\n  s:\n    on: web\n    any:\n      any: [&a " + strings.Repeat("x", 200_000) + strings.Repeat(", *a", 50) + "]\n"
	_, err = deploy.ReadBlueprint("", []byte(text), actions)
	require.ErrorContains(t, err, "aliases counted")
}
