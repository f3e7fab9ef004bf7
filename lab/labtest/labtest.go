// Package labtest lets tests run a lab of their own, and look at what becomes of
// it from outside: through the command line, and the engine's own client.
package labtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// Lab is a lab of the tests' own, beside whatever lab the machine runs.
type Lab struct {
	Name string
	// Base is the first of its six ports.
	Base  int
	State string
	// Program is the aiolos-lab that is run. It starts the aiolos-worker beside it.
	Program string
	args    []string
}

// root is the top of the checkout, where go.mod is.
func root() string {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			err = os.ErrNotExist
		}
	}
	panic(err)
}

// Bin returns the path of one of the binaries under test.
func Bin(name string) string { return filepath.Join(root(), "bin", name) }

// NeedEngine leaves a test out where no engine was asked for.
func NeedEngine(t testing.TB) {
	t.Helper()
	if os.Getenv("AIOLOS_ENGINE") != "1" {
		t.Skip("left out: needs a Docker engine; set AIOLOS_ENGINE=1, or run make test")
	}
	require.FileExists(t, Bin("aiolos-lab"), "run make build first")
}

// Start brings a lab up for the length of a test.
func Start(t testing.TB, name string, base int, args ...string) *Lab {
	t.Helper()
	l := &Lab{Name: name, Base: base, State: filepath.Join(t.TempDir(), "lab"), Program: Bin("aiolos-lab"), args: args}
	l.Begin(t)
	return l
}

// Begin brings the lab up, and has it taken down at the end of the test.
func (l *Lab) Begin(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			l.dumpLogs(t)
		}
		out, err := exec.Command(l.Program, "down", "--name", l.Name, "--state", l.State).CombinedOutput()
		if err != nil {
			t.Errorf("aiolos-lab down: %v\n%s", err, out)
		}
	})
	l.Up(t)
}

// Up brings the lab up, also again.
func (l *Lab) Up(t testing.TB) {
	t.Helper()
	args := append([]string{
		"up", "--detach", "--name", l.Name, "--state", l.State,
		"--temporal-port", strconv.Itoa(l.Base), "--http-port", strconv.Itoa(l.Base + 1), "--ui-port", strconv.Itoa(l.Base + 2),
		"--gateway-port", strconv.Itoa(l.Base + 3), "--health-port", strconv.Itoa(l.Base + 4), "--codec-port", strconv.Itoa(l.Base + 5),
	}, l.args...)
	out, err := exec.Command(l.Program, args...).CombinedOutput()
	require.NoError(t, err, "aiolos-lab up:\n%s", out)
}

// dumpLogs shows the end of the lab's logs.
func (l *Lab) dumpLogs(t testing.TB) {
	logs, _ := filepath.Glob(filepath.Join(l.State, "*.log"))
	more, _ := filepath.Glob(filepath.Join(l.State, "*", "*.log"))
	for _, log := range append(logs, more...) {
		if text, err := os.ReadFile(log); err == nil {
			t.Logf("%s:\n%s", log, text[max(0, len(text)-8000):])
		}
	}
}

// Result is how a command ended.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Aiolos runs the command line against the lab.
func (l *Lab) Aiolos(t testing.TB, args ...string) Result {
	t.Helper()
	return l.AiolosWith(t, nil, args...)
}

// AiolosWith runs it with more variables in its environment, as NAME=VALUE.
func (l *Lab) AiolosWith(t testing.TB, variables []string, args ...string) Result {
	t.Helper()
	cmd := exec.Command(Bin("aiolos"), args...)
	cmd.Env = append(append(os.Environ(), "TEMPORAL_ADDRESS="+l.Address()), variables...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return Result{Code: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}
}

// StateFiles adds every file below the lab's state: the server's database, and
// all logs.
func (l *Lab) StateFiles(t testing.TB, places map[string]string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(l.State, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		places[path] = string(text)
		return err
	}))
}

// Deploy deploys and wants it done.
func (l *Lab) Deploy(t testing.TB, name, blueprint string, args ...string) deploy.Outcome {
	t.Helper()
	r := l.Aiolos(t, append([]string{"deploy", name, blueprint, "--json"}, args...)...)
	require.Equal(t, 0, r.Code, "deploy %s:\n%s\n%s", name, r.Stdout, r.Stderr)
	var outcome deploy.Outcome
	require.NoError(t, json.Unmarshal([]byte(r.Stdout), &outcome), "%s", r.Stdout)
	return outcome
}

// Status asks where a deployment stands.
func (l *Lab) Status(t testing.TB, name string) deploy.Status {
	t.Helper()
	r := l.Aiolos(t, "status", name, "--json")
	require.Equal(t, 0, r.Code, "status %s:\n%s\n%s", name, r.Stdout, r.Stderr)
	var status deploy.Status
	require.NoError(t, json.Unmarshal([]byte(r.Stdout), &status), "%s", r.Stdout)
	return status
}

// Docker runs the engine's own client, which is how these tests look at the
// world without going through what they test.
func Docker(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	require.NoError(t, err, "docker %s:\n%s", strings.Join(args, " "), out)
	return strings.TrimSpace(string(out))
}

// Containers returns the IDs of a deployment's containers by node.
func (l *Lab) Containers(t testing.TB, deployment string) map[string]string {
	t.Helper()
	out := Docker(t, "ps", "-a", "--no-trunc", "--filter", "label=aiolos.lab="+l.Name, "--filter", "label=aiolos.deployment="+deployment,
		"--format", `{{.ID}} {{.Label "aiolos.node"}}`)
	ids := map[string]string{}
	for line := range strings.Lines(out) {
		id, node, ok := strings.Cut(strings.TrimSpace(line), " ")
		if ok && node != "" {
			ids[node] = id
		}
	}
	return ids
}

// On runs a shell script in a container, as root.
func On(t testing.TB, container, script string) string {
	t.Helper()
	return Docker(t, "exec", container, "sh", "-c", script)
}

// Eventually waits for a condition that no event tells.
func Eventually(t testing.TB, what string, within time.Duration, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); <-tick.C {
		if condition() {
			return
		}
	}
	t.Fatalf("%s: not within %s", what, within)
}

// Storage names a node of the glusterfs blueprint.
func Storage(i int) string { return fmt.Sprintf("storage-%d", i) }

// PID reads the lab's process ID.
func (l *Lab) PID(t testing.TB) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(l.State, "pid"))
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	return pid
}
