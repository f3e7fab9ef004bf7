package child_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"aiolos/lab/child"
)

// TestMain lets the test binary be the parent that a test kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CHILD_TEST_PARENT"); dir != "" {
		_, err := child.Start(context.Background(), sleeper(dir), fileThere(filepath.Join(dir, "pids")))
		fmt.Println(err)
		select {}
	}
	goleak.VerifyTestMain(m)
}

// sleeper is a program that notes its process ID and stays.
func sleeper(dir string) child.Program {
	return child.Program{
		Path: "/bin/sh", Args: []string{"-c", `echo $$ >> "$0"; echo here; exec sleep 60`, filepath.Join(dir, "pids")},
		Log: filepath.Join(dir, "log"),
	}
}

func fileThere(path string) func(context.Context) error {
	return func(ctx context.Context) error {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			if text, err := os.ReadFile(path); err == nil && len(text) > 0 {
				return nil
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

func pids(t *testing.T, dir string) (pids []int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "pids"))
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		require.NoError(t, err)
		pids = append(pids, pid)
	}
	return pids
}

// alive says whether a process runs; one that is dead but not reaped does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestItIsStartedAgainAndStopped(t *testing.T) {
	dir := t.TempDir()
	program := sleeper(dir)
	ended := make(chan error, 1)
	program.Ended = func(err error, again time.Duration) {
		require.Positive(t, again)
		ended <- err
	}
	c, err := child.Start(t.Context(), program, fileThere(filepath.Join(dir, "pids")))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pids(t, dir)[0], syscall.SIGKILL))
	require.ErrorContains(t, <-ended, "killed")
	require.Eventually(t, func() bool { return len(pids(t, dir)) == 2 }, 5*time.Second, 10*time.Millisecond)
	second := pids(t, dir)[1]
	require.True(t, alive(second))
	c.Stop()
	require.False(t, alive(second))
	log, err := os.ReadFile(program.Log)
	require.NoError(t, err)
	require.Equal(t, "here\nhere\n", string(log))
}

func TestItEndsBeforeItIsReady(t *testing.T) {
	for script, want := range map[string][]string{
		"echo no such thing >&2; exit 3": {"exit status 3", "no such thing"},
		"exit 0":                         {"exit code 0"},
	} {
		program := child.Program{Path: "/bin/sh", Args: []string{"-c", script}, Log: filepath.Join(t.TempDir(), "log")}
		require.NoError(t, os.WriteFile(program.Log, []byte("of an earlier run\n"), 0o600))
		_, err := child.Start(t.Context(), program, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		var ended *child.EndedError
		require.ErrorAs(t, err, &ended)
		for _, w := range want {
			require.ErrorContains(t, err, w)
		}
		require.NotContains(t, err.Error(), "earlier")
	}
}

func TestItDoesNotGetReady(t *testing.T) {
	dir := t.TempDir()
	_, err := child.Start(t.Context(), sleeper(dir), func(ctx context.Context) error {
		return errors.Join(fileThere(filepath.Join(dir, "pids"))(ctx), errors.New("no answer"))
	})
	require.ErrorContains(t, err, "no answer")
	require.False(t, alive(pids(t, dir)[0]))
}

// TestItDiesWithItsParent kills the parent, which so has no say in it.
func TestItDiesWithItsParent(t *testing.T) {
	dir := t.TempDir()
	executable, err := os.Executable()
	require.NoError(t, err)
	parent := exec.Command(executable)
	parent.Env = append(os.Environ(), "CHILD_TEST_PARENT="+dir)
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "<nil>\n", line)
	pid := pids(t, dir)[0]
	require.True(t, alive(pid))
	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()
	require.Eventually(t, func() bool { return !alive(pid) }, 5*time.Second, 5*time.Millisecond)
}
