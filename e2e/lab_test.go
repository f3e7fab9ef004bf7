package e2e

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

// lab is a lab of the tests' own, beside whatever lab the machine runs.
type lab struct {
	name  string
	base  int // first of its ports
	state string
	args  []string
}

// bin returns the path of one of the binaries under test.
func bin(name string) string {
	path, err := filepath.Abs(filepath.Join("..", "bin", name))
	if err != nil {
		panic(err)
	}
	return path
}

// needEngine leaves a test out where no engine was asked for.
func needEngine(t *testing.T) {
	t.Helper()
	if os.Getenv("AIOLOS_ENGINE") != "1" {
		t.Skip("left out: needs a Docker engine; set AIOLOS_ENGINE=1, or run make test")
	}
	require.FileExists(t, bin("aiolos-lab"), "run make build first")
}

// startLab brings a lab up for the length of a test.
func startLab(t *testing.T, name string, base int, args ...string) *lab {
	t.Helper()
	l := &lab{name: name, base: base, state: filepath.Join(t.TempDir(), "lab"), args: args}
	t.Cleanup(func() {
		if t.Failed() {
			l.dumpLogs(t)
		}
		out, err := exec.Command(bin("aiolos-lab"), "down", "--name", l.name, "--state", l.state).CombinedOutput()
		if err != nil {
			t.Errorf("aiolos-lab down: %v\n%s", err, out)
		}
	})
	l.up(t)
	return l
}

func (l *lab) up(t *testing.T) {
	t.Helper()
	args := append([]string{
		"up", "--detach", "--name", l.name, "--state", l.state,
		"--temporal-port", strconv.Itoa(l.base), "--http-port", strconv.Itoa(l.base + 1), "--ui-port", strconv.Itoa(l.base + 2),
		"--gateway-port", strconv.Itoa(l.base + 3), "--health-port", strconv.Itoa(l.base + 4),
	}, l.args...)
	out, err := exec.Command(bin("aiolos-lab"), args...).CombinedOutput()
	require.NoError(t, err, "aiolos-lab up:\n%s", out)
}

// dumpLogs shows the end of the lab's logs.
func (l *lab) dumpLogs(t *testing.T) {
	logs, _ := filepath.Glob(filepath.Join(l.state, "*.log"))
	more, _ := filepath.Glob(filepath.Join(l.state, "*", "*.log"))
	for _, log := range append(logs, more...) {
		if text, err := os.ReadFile(log); err == nil {
			t.Logf("%s:\n%s", log, text[max(0, len(text)-8000):])
		}
	}
}

// result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

// aiolos runs the command line against the lab.
func (l *lab) aiolos(t *testing.T, args ...string) result {
	t.Helper()
	cmd := exec.Command(bin("aiolos"), args...)
	cmd.Env = append(os.Environ(), "TEMPORAL_ADDRESS=127.0.0.1:"+strconv.Itoa(l.base))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// stateFiles adds every file below the lab's state: the server's database, and
// all logs.
func (l *lab) stateFiles(t *testing.T, places map[string]string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(l.state, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		places[path] = string(text)
		return err
	}))
}

// deploy deploys and wants it done.
func (l *lab) deploy(t *testing.T, name, blueprint string, args ...string) deploy.Outcome {
	t.Helper()
	r := l.aiolos(t, append([]string{"deploy", name, blueprint, "--json"}, args...)...)
	require.Equal(t, 0, r.code, "deploy %s:\n%s\n%s", name, r.stdout, r.stderr)
	var outcome deploy.Outcome
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &outcome), "%s", r.stdout)
	return outcome
}

func (l *lab) status(t *testing.T, name string) deploy.Status {
	t.Helper()
	r := l.aiolos(t, "status", name, "--json")
	require.Equal(t, 0, r.code, "status %s:\n%s\n%s", name, r.stdout, r.stderr)
	var status deploy.Status
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &status), "%s", r.stdout)
	return status
}

// docker runs the engine's own client, which is how these tests look at the
// world without going through what they test.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	require.NoError(t, err, "docker %s:\n%s", strings.Join(args, " "), out)
	return strings.TrimSpace(string(out))
}

// containers returns the IDs of a deployment's containers by node.
func (l *lab) containers(t *testing.T, deployment string) map[string]string {
	t.Helper()
	out := docker(t, "ps", "-a", "--no-trunc", "--filter", "label=aiolos.lab="+l.name, "--filter", "label=aiolos.deployment="+deployment,
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

// on runs a shell script in a container, as root.
func on(t *testing.T, container, script string) string {
	t.Helper()
	return docker(t, "exec", container, "sh", "-c", script)
}

// eventually waits for a condition that no event tells.
func eventually(t *testing.T, what string, within time.Duration, condition func() bool) {
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

func storage(i int) string { return fmt.Sprintf("storage-%d", i) }
