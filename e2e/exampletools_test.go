package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/lab/labtest"
)

// examples is docs/examples with what its programs need.
type examples struct {
	*labtest.Lab
	dir string
	// tools is where packages of other languages are kept from one run to the next.
	tools string
	// programs is where those in Go are built.
	programs string
}

func newExamples(t *testing.T) *examples {
	t.Helper()
	dir, err := filepath.Abs("../docs/examples")
	require.NoError(t, err)
	e := &examples{dir: dir, tools: labtest.Bin("examples"), programs: t.TempDir()}
	e.once(t, "venv", func(at string) {
		tool(t, "", "python3", "-m", "venv", at)
		tool(t, "", filepath.Join(at, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
			"-r", e.file("python/requirements.txt"), "-r", e.file("temporal-cli/requirements.txt"))
	}, "python/requirements.txt", "temporal-cli/requirements.txt")
	return e
}

// file is the path of one of the examples' files.
func (e *examples) file(name string) string { return filepath.Join(e.dir, name) }

// goProgram builds an example in Go.
func (e *examples) goProgram(t *testing.T, name string) string {
	t.Helper()
	program := filepath.Join(e.programs, name)
	tool(t, "", "go", "build", "-o", program, "../docs/examples/"+name)
	return program
}

// python is a program that runs an example with the Python of the venv.
func (e *examples) python(t *testing.T, name string) string {
	t.Helper()
	return e.script(t, "python", `exec python "`+e.file(name)+`" "$@"`)
}

// typescript builds the example in TypeScript beside its packages.
func (e *examples) typescript(t *testing.T) string {
	t.Helper()
	names := []string{"deploy.ts", "package.json", "package-lock.json", "tsconfig.json"}
	files := make([]string, len(names))
	for i, name := range names {
		files[i] = filepath.Join("typescript", name)
	}
	e.once(t, "typescript", func(at string) {
		require.NoError(t, os.MkdirAll(at, 0o755))
		for i, name := range names {
			text, err := os.ReadFile(e.file(files[i]))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(at, name), text, 0o644))
		}
		tool(t, at, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		tool(t, at, "npm", "run", "build")
	}, files...)
	return e.script(t, "typescript", `exec node "`+filepath.Join(e.tools, "typescript", "deploy.js")+`" "$@"`)
}

// script writes a program of one line.
func (e *examples) script(t *testing.T, name, line string) string {
	t.Helper()
	path := filepath.Join(e.programs, name)
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+line+"\n"), 0o755))
	return path
}

// once makes a directory of tools unless it was made from the same files before.
func (e *examples) once(t *testing.T, name string, make func(at string), from ...string) {
	t.Helper()
	sum := sha256.New()
	for _, file := range from {
		text, err := os.ReadFile(e.file(file))
		require.NoError(t, err)
		sum.Write(text)
	}
	at := filepath.Join(e.tools, name)
	mark, is := at+".made-from", hex.EncodeToString(sum.Sum(nil))
	if was, err := os.ReadFile(mark); err == nil && string(was) == is {
		return
	}
	require.NoError(t, os.RemoveAll(at))
	require.NoError(t, os.MkdirAll(e.tools, 0o755))
	make(at)
	require.NoError(t, os.WriteFile(mark, []byte(is), 0o644))
}

// tool runs a program that prepares something.
func tool(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v:\n%s", name, args, out)
}
