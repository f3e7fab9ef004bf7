package command_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/starter/command"
	"aiolos/workflows"
)

func TestCompletion(t *testing.T) {
	b := newBench(t)
	logging(b)
	b.server.Add("gone", workflows.DestroyType).With(workflows.StateAttribute, deploy.StateDestroyed)
	const noFiles, files = ":4\n", ":0\n"
	for line, want := range map[string]string{
		"status ":              "pool\tRunning\n" + noFiles,
		"status x":             noFiles,
		"status pool ":         noFiles,
		"deploy new glust":     "glusterfs\n" + files,
		"logs pool web-":       "web-0\nweb-1\nweb-2\n" + noFiles,
		"logs pool web-0 ":     "configure\nmigrate\n" + noFiles,
		"logs pool web-1 ":     "configure\n" + noFiles,
		"skip pool m":          "migrate\n" + noFiles,
		"replace-node nobody ": noFiles,
	} {
		args := append([]string{"__complete"}, strings.Split(line, " ")...)
		r := b.run(args...)
		require.Equal(t, 0, r.code, line)
		require.Equal(t, want, r.out, line)
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		r := b.run("completion", shell)
		require.Equal(t, 0, r.code)
		require.Contains(t, r.out, "__complete", shell)
	}
}

// TestCompletionDoesNotWait asks where nobody answers.
func TestCompletionDoesNotWait(t *testing.T) {
	b := newBench(t)
	b.server.Stop()
	began := time.Now()
	require.Equal(t, ":4\n", b.run("__complete", "status", "").out)
	require.Less(t, time.Since(began), 5*time.Second, "far below the time that commands wait for Temporal")
}

func TestManPages(t *testing.T) {
	b := newBench(t)
	directory := filepath.Join(t.TempDir(), "man")
	require.Equal(t, 0, b.run("man", directory).code)
	for _, c := range command.Commands(command.Setting{Getenv: func(string) string { return "" }, Actions: activities.Types()}) {
		if c.Hidden {
			continue
		}
		page, err := os.ReadFile(filepath.Join(directory, "aiolos-"+c.Name()+".1"))
		require.NoError(t, err)
		require.Contains(t, string(page), ".SH EXAMPLE", c.Name())
	}
	require.FileExists(t, filepath.Join(directory, "aiolos.1"))
	require.Equal(t, 2, b.run("man").code)
}
