package labtest

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/internal/config"
)

// Worker is a worker of a test's own, outside a lab, with a Temporal server to itself.
type Worker struct {
	// Lab has the server's address, for the command line.
	*Lab
	// Log is the path of what it says, Health the address of its health and metrics.
	Log, Health string
	cmd         *exec.Cmd
}

// StartWorker starts a worker for a Temporal server, and returns once it is ready.
// It stops with the test.
func StartWorker(t testing.TB, temporal string, cfg config.Config) *Worker {
	t.Helper()
	dir := t.TempDir()
	cfg.Health.Listen = FreeAddress(t)
	path := filepath.Join(dir, "worker.yaml")
	require.NoError(t, cfg.Write(path))
	w := &Worker{Lab: at(t, temporal), Log: filepath.Join(dir, "worker.log"), Health: cfg.Health.Listen, cmd: exec.Command(Bin("aiolos-worker"), "--config", path)}
	log, err := os.Create(w.Log)
	require.NoError(t, err)
	defer log.Close()
	w.cmd.Stdout, w.cmd.Stderr = log, log
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "TEMPORAL_") {
			w.cmd.Env = append(w.cmd.Env, e)
		}
	}
	w.cmd.Env = append(w.cmd.Env, "TEMPORAL_ADDRESS="+temporal, "TEMPORAL_CONFIG_FILE="+os.DevNull)
	require.NoError(t, w.cmd.Start())
	t.Cleanup(func() {
		w.Stop()
		if t.Failed() {
			text, _ := os.ReadFile(w.Log)
			t.Logf("the worker:\n%s", text[max(0, len(text)-8000):])
		}
	})
	Eventually(t, "the worker gets ready", time.Minute, func() bool {
		response, err := http.Get("http://" + cfg.Health.Listen + "/readyz") //nolint:noctx // in a test
		if err != nil {
			return false
		}
		return response.Body.Close() == nil && response.StatusCode == http.StatusOK
	})
	return w
}

// at is a lab that is nothing but a server.
func at(t testing.TB, temporal string) *Lab {
	t.Helper()
	_, port, err := net.SplitHostPort(temporal)
	require.NoError(t, err)
	base, err := strconv.Atoi(port)
	require.NoError(t, err)
	return &Lab{Base: base, Program: Bin("aiolos-lab")}
}

// AnotherWorker starts a worker beside the lab's own, on its task queue. Nodes signal to
// the lab's own, whoever launched them.
func (l *Lab) AnotherWorker(t testing.TB) *Worker {
	t.Helper()
	cfg, err := config.Read(filepath.Join(l.State, "worker.yaml"))
	require.NoError(t, err)
	cfg.Gateway.Listen, cfg.CodecServer = []string{FreeAddress(t)}, nil
	return StartWorker(t, l.Address(), cfg)
}

// Identity is how Temporal knows the worker.
func (w *Worker) Identity() string {
	host, _ := os.Hostname() // as the SDK does
	return strconv.Itoa(w.cmd.Process.Pid) + "@" + host + "@"
}

// Kill ends the worker without warning.
func (w *Worker) Kill() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
}

// Stop ends the worker. Doing so again changes nothing.
func (w *Worker) Stop() {
	_ = w.cmd.Process.Signal(syscall.SIGTERM)
	_ = w.cmd.Wait()
}

// FreeAddress is one on loopback that nobody listens on.
func FreeAddress(t testing.TB) string { return FreeAddressAt(t, "127.0.0.1") }

// FreeAddressAt is one at an address of this machine's that nobody listens on.
func FreeAddressAt(t testing.TB, host string) string {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0")) //nolint:noctx // given back at once
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}
