package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"aiolos/internal/config"
	"aiolos/internal/docker"
	"aiolos/lab/state"
)

// TestMain lets the test binary be the lab, and a worker that is only healthy,
// under the names that those have.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "aiolos-lab":
		main()
	case "aiolos-worker":
		fmt.Println(fakeWorker())
		os.Exit(1)
	default:
		os.Exit(m.Run())
	}
}

// fakeWorker says that it is ready while the Temporal server can be reached.
func fakeWorker() error {
	cfg, err := config.Read(os.Args[2])
	if err != nil {
		return err
	}
	temporal, err := client.Dial(client.Options{HostPort: os.Getenv("TEMPORAL_ADDRESS"), Namespace: os.Getenv("TEMPORAL_NAMESPACE")})
	if err != nil {
		return err
	}
	return http.ListenAndServe(cfg.Health.Listen, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := temporal.CheckHealth(r.Context(), &client.CheckHealthRequest{}); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	}))
}

// binaries puts the lab's and the worker's binaries beside each other.
func binaries(t *testing.T) (lab string) {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	// Beside the test binary, so that it can be linked to rather than copied.
	bin, err := os.MkdirTemp(filepath.Dir(executable), "bin")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(bin)) })
	for _, name := range []string{"aiolos-lab", "aiolos-worker"} {
		require.NoError(t, os.Link(executable, filepath.Join(bin, name)))
	}
	return filepath.Join(bin, "aiolos-lab")
}

// labs are the names of the labs that the tests make.
const (
	testLab  = "labtest"
	otherLab = "labtest-other"
)

// underTest is a lab that a test brings up and down.
type underTest struct {
	bin   string
	dir   state.Dir
	flags []string
}

func newUnderTest(t *testing.T) *underTest {
	t.Helper()
	u := &underTest{bin: binaries(t), dir: state.Dir(filepath.Join(t.TempDir(), "state"))}
	u.flags = []string{"--name", testLab, "--state", string(u.dir)}
	t.Cleanup(func() {
		if code, out := u.run(t, "down"); code != 0 {
			t.Errorf("down: exit code %d\n%s", code, out)
		}
	})
	return u
}

func (u *underTest) run(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	cmd := exec.Command(u.bin, append(args, u.flags...)...)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(text)
}

func (u *underTest) must(t *testing.T, args ...string) (out string) {
	t.Helper()
	code, out := u.run(t, args...)
	require.Zero(t, code, "%q: %s", args, out)
	return out
}

func (u *underTest) record(t *testing.T) state.Record {
	t.Helper()
	r, ok, err := u.dir.ReadRecord()
	require.NoError(t, err)
	require.True(t, ok)
	return r
}

// upFlags chooses ports that are free.
func upFlags(t *testing.T) []string {
	t.Helper()
	args := []string{"up", "--detach"}
	for _, flag := range []string{"--temporal-port", "--http-port", "--ui-port", "--gateway-port", "--health-port"} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close()
		args = append(args, flag, strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
	}
	return args
}

func needEngine(t *testing.T) {
	t.Helper()
	if os.Getenv("AIOLOS_ENGINE") != "1" {
		t.Skip("left out: needs a Docker engine; set AIOLOS_ENGINE=1, or run make test")
	}
}

func TestUpAndDown(t *testing.T) {
	needEngine(t)
	// Another lab beside it, which must outlive it.
	cli, err := connect()
	require.NoError(t, err)
	defer cli.Close()
	_, err = docker.EnsureNetwork(t.Context(), cli, otherLab, "aiolos-"+otherLab)
	require.NoError(t, err)
	t.Cleanup(func() {
		removed, err := docker.RemoveAll(context.Background(), cli, otherLab)
		require.NoError(t, err)
		require.Equal(t, []string{"network aiolos-" + otherLab}, removed)
	})

	u, up := newUnderTest(t), upFlags(t)
	out := u.must(t, up...)
	r := u.record(t)
	for _, address := range []string{"is up.", r.UI, r.Temporal, r.HTTP, r.Health, r.Gateway, r.Image} {
		require.Contains(t, out, address)
	}
	require.True(t, r.Ready)
	require.Contains(t, u.must(t, up...), "is up already")
	require.Equal(t, r, u.record(t))
	secret, err := os.ReadFile(u.dir.Secret())
	require.NoError(t, err)

	var s status
	require.NoError(t, json.Unmarshal([]byte(u.must(t, "status", "--json")), &s))
	require.Equal(t, stateUp, s.Status)
	require.Equal(t, r.PID, s.PID)

	// What runs goes on after a kill, under the same secret.
	c, err := client.Dial(client.Options{HostPort: r.Temporal})
	require.NoError(t, err)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "w", TaskQueue: "none"}, "Unknown")
	require.NoError(t, err)
	c.Close()
	require.NoError(t, syscall.Kill(r.PID, syscall.SIGKILL))
	require.Contains(t, u.must(t, up...), "is up.")
	again := u.record(t)
	require.NotEqual(t, r.PID, again.PID)
	c, err = client.Dial(client.Options{HostPort: again.Temporal})
	require.NoError(t, err)
	described, err := c.DescribeWorkflowExecution(t.Context(), run.GetID(), run.GetRunID())
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, described.GetWorkflowExecutionInfo().GetStatus())
	c.Close()
	kept, err := os.ReadFile(u.dir.Secret())
	require.NoError(t, err)
	require.Equal(t, secret, kept)

	// Another lab's state is not taken for this one's.
	text, err := exec.Command(u.bin, "down", "--name", "x", "--state", string(u.dir)).CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, exitWrongInput, exit.ExitCode(), "%s", text)

	out = u.must(t, "down")
	require.Contains(t, out, fmt.Sprintf("stopped the lab %s (process %d)", testLab, again.PID))
	require.Contains(t, out, "removed network aiolos-"+testLab)
	require.NoDirExists(t, string(u.dir))
	require.Contains(t, u.must(t, "down"), "There is nothing")
}

func TestDownAfterAKill(t *testing.T) {
	needEngine(t)
	u := newUnderTest(t)
	u.must(t, upFlags(t)...)
	require.NoError(t, syscall.Kill(u.record(t).PID, syscall.SIGKILL))
	out := u.must(t, "down")
	require.Contains(t, out, "removed network aiolos-"+testLab)
	require.NoDirExists(t, string(u.dir))
}

func TestUpTellsWhatFailed(t *testing.T) {
	needEngine(t)
	u, up := newUnderTest(t), upFlags(t)

	t.Setenv("DOCKER_HOST", "unix:///nonexistent.sock")
	code, out := u.run(t, up...)
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "DOCKER_HOST")
	require.NoError(t, os.Unsetenv("DOCKER_HOST"))

	worker := filepath.Join(filepath.Dir(u.bin), "aiolos-worker")
	require.NoError(t, os.Remove(worker))
	code, out = u.run(t, up...)
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "make build")

	require.NoError(t, os.WriteFile(worker, []byte("#!/bin/sh\necho the worker says no\nexit 3\n"), 0o700))
	code, out = u.run(t, up...)
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "the worker says no")

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, number, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	code, out = u.run(t, append(up, "--ui-port", number)...)
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "--ui-port")
}

func TestForeground(t *testing.T) {
	needEngine(t)
	u := newUnderTest(t)
	args := append([]string{"up"}, upFlags(t)[2:]...)
	cmd := exec.Command(u.bin, append(args, u.flags...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool {
		code, _ := u.run(t, "status")
		return code == 0
	}, 30*time.Second, 50*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.NoError(t, cmd.Wait(), "an interrupt is a clean end")
	code, out := u.run(t, "status")
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "does not run")
}
