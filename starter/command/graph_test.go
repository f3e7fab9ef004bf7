package command_test

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/starter/command"
)

func TestGraph(t *testing.T) {
	b := &bench{env: map[string]string{}, context: t.Context()}
	for format, begin := range map[string]string{"": "flowchart TB\n", "mermaid": "flowchart TB\n", "dot": "digraph {\n", "svg": "<svg "} {
		args := []string{"graph", "glusterfs"}
		if format != "" {
			args = append(args, "--format", format)
		}
		got := b.run(args...)
		require.Equal(t, command.ExitDone, got.code, got.err)
		require.Empty(t, got.err)
		require.True(t, strings.HasPrefix(got.out, begin), got.out)
		for _, step := range []string{"configure", "glusterup", "pool", "volume", "verify"} {
			require.Contains(t, got.out, step)
		}
	}
}

// TestGraphInDocs holds the picture in the documentation against the blueprint.
func TestGraphInDocs(t *testing.T) {
	const file = "../../docs/images/glusterfs-graph.svg"
	b := &bench{env: map[string]string{}, context: t.Context()}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), b.run("graph", "glusterfs", "--format", "svg").out, "make it anew: aiolos graph glusterfs -o docs/images/glusterfs-graph.svg")
}

func TestGraphToFile(t *testing.T) {
	b := &bench{env: map[string]string{}, context: t.Context()}
	for name, begin := range map[string]string{"g.svg": "<svg ", "g.SVG": "<svg ", "g.gv": "digraph", "g.mmd": "flowchart", "g.txt": "flowchart"} {
		file := filepath.Join(t.TempDir(), name)
		got := b.run("graph", "glusterfs", "-o", file)
		require.Equal(t, command.ExitDone, got.code, got.err)
		require.Empty(t, got.out)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(text), begin), "%s: %s", name, text)
	}
	file := filepath.Join(t.TempDir(), "g.svg")
	require.Equal(t, command.ExitDone, b.run("graph", "glusterfs", "-o", file, "--format", "dot").code)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "digraph"), "what is said goes before the ending")
}

// TestGraphNeedsNoParameters draws a blueprint that nobody could deploy as it is.
func TestGraphNeedsNoParameters(t *testing.T) {
	file := filepath.Join(t.TempDir(), "web.yaml")
	require.NoError(t, os.WriteFile(file, []byte(`name: web
parameters:
  nodes: {type: integer}
  word: {type: string, sensitive: true}
groups:
  db: {count: "${params.nodes}", profile: small-x86_64}
  web: {count: 2, profile: small-x86_64, facts: [ipaddress]}
steps:
  make: {on: "db[0]", run: {script: "true", outputs: [port]}}
  serve:
    on: web
    needs: [{step: make, of: any}]
    when: "${params.nodes > 1 && 'a' < 'b'}"
    run: {script: "true", env: {PORT: "${db[0].port}", WORD: "${params.word}", IP: "${node.ipaddress}"}}
`), 0o600))
	b := &bench{env: map[string]string{}, context: t.Context()}
	got := b.run("graph", file, "--format", "svg")
	require.Equal(t, command.ExitDone, got.code, got.err)
	require.NoError(t, xml.Unmarshal([]byte(got.out), new(any)))
	for _, words := range []string{"params.nodes × small-x86_64", "when params.nodes &gt; 1", ">ipaddress<", ">port<"} {
		require.Contains(t, got.out, words)
	}
}

func TestGraphRefuses(t *testing.T) {
	b := &bench{env: map[string]string{}, context: t.Context()}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"graph"}, command.ExitWrongInput, "BLUEPRINT is missing"},
		{[]string{"graph", "glusterfs", "--format", "png"}, command.ExitWrongInput, `format: found "png"; allowed: one of: mermaid, dot, svg`},
		{[]string{"graph", "glusterfx"}, command.ExitWrongInput, "did you mean glusterfs?"},
		{[]string{"graph", "./none.yaml"}, command.ExitWrongInput, "no such file"},
		{[]string{"graph", "glusterfs", "-o", filepath.Join(t.TempDir(), "none", "g.svg")}, command.ExitFailed, "the graph was not written"},
	} {
		got := b.run(c.args...)
		require.Equal(t, c.code, got.code, got.err)
		require.Contains(t, got.err, c.says)
		require.Empty(t, got.out)
	}
}
