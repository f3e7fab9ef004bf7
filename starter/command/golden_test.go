package command_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares what was printed with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

var commandNames = []string{
	"init", "validate", "graph", "blueprints", "convert", "schema", "plan", "deploy", "approve",
	"retry", "skip", "abort", "cancel", "replace-node", "replay", "status", "watch", "logs", "history", "timing", "list", "doctor", "orphans", "setup", "destroy", "version",
}

func TestHelp(t *testing.T) {
	b := newBench(t)
	r := b.run("--help")
	require.Equal(t, 0, r.code)
	golden(t, "help/aiolos", r.out)
	for _, name := range commandNames {
		r := b.run(name, "--help")
		require.Equal(t, 0, r.code)
		require.Contains(t, r.out, "Examples:\n")
		require.Regexp(t, `Examples:\n(  .*\n)*  .*aiolos `+name, r.out)
	}
	// These say much, but nothing that changes with the built-in blueprints.
	for _, name := range []string{"init", "convert", "schema", "approve"} {
		golden(t, "help/"+name, b.run(name, "--help").out)
	}
}
