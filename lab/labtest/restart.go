package labtest

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// RestartWorker ends the lab's worker, and waits until the one that the lab starts
// in its place is ready.
func (l *Lab) RestartWorker(t testing.TB) {
	t.Helper()
	old := l.workerPID(t)
	require.NotZero(t, old, "the lab has no worker")
	require.NoError(t, syscall.Kill(old, syscall.SIGTERM))
	Eventually(t, "another worker is ready", time.Minute, func() bool {
		now := l.workerPID(t)
		return now != 0 && now != old && exec.Command(l.Program, "status", "--name", l.Name, "--state", l.State).Run() == nil
	})
}

// workerPID is the worker's process; 0 where there is none.
func (l *Lab) workerPID(t testing.TB) int {
	t.Helper()
	out, err := exec.Command("pgrep", "-P", strconv.Itoa(l.PID(t)), "-x", "aiolos-worker").Output()
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	require.NoError(t, err)
	return pid
}
