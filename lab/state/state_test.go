package state_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/lab/state"
)

// TestMain lets the test binary be another process that holds a lock.
func TestMain(m *testing.M) {
	dir := os.Getenv("STATE_TEST_HOLD")
	if dir == "" {
		os.Exit(m.Run())
	}
	stop := make(chan os.Signal, 1)
	if os.Getenv("STATE_TEST_STUBBORN") == "" {
		signal.Notify(stop, syscall.SIGTERM)
	} else {
		signal.Ignore(syscall.SIGTERM)
	}
	_, err := state.Dir(dir).Acquire()
	fmt.Println(err)
	<-stop
}

// hold starts a process that holds the lock.
func hold(t *testing.T, dir state.Dir, env ...string) *exec.Cmd {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(executable)
	cmd.Env = append(append(os.Environ(), "STATE_TEST_HOLD="+string(dir)), env...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "<nil>", strings.TrimSpace(line))
	// It is reaped at once, as init does with a detached lab.
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	return cmd
}

func made(t *testing.T) state.Dir {
	t.Helper()
	dir := state.Dir(filepath.Join(t.TempDir(), "lab"))
	require.NoError(t, dir.Make())
	return dir
}

func TestLockTellsItsHolder(t *testing.T) {
	dir := made(t)
	holder, err := dir.Holder()
	require.NoError(t, err)
	require.Zero(t, holder)

	other := hold(t, dir)
	_, err = dir.Acquire()
	var held *state.HeldError
	require.ErrorAs(t, err, &held)
	require.Equal(t, other.Process.Pid, held.PID)
	holder, err = dir.Holder()
	require.NoError(t, err)
	require.Equal(t, other.Process.Pid, holder)

	require.NoError(t, other.Process.Kill())
	require.Eventually(t, func() bool {
		lock, err := dir.Acquire()
		return err == nil && lock.Release() == nil
	}, 5*time.Second, 5*time.Millisecond)
}

func TestStop(t *testing.T) {
	for name, c := range map[string]struct {
		env  []string
		wait time.Duration
	}{
		"one that listens":      {nil, 10 * time.Second},
		"one that does not":     {[]string{"STATE_TEST_STUBBORN=1"}, 200 * time.Millisecond},
		"one that never was":    {[]string{"none"}, time.Second},
		"one of a removed file": {[]string{"removed"}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			dir, want := made(t), 0
			switch {
			case len(c.env) == 1 && c.env[0] == "none":
			case len(c.env) == 1 && c.env[0] == "removed":
				hold(t, dir)
				require.NoError(t, os.Remove(filepath.Join(string(dir), "lock")))
			default:
				want = hold(t, dir, c.env...).Process.Pid
			}
			lock, stopped, err := dir.Stop(t.Context(), c.wait)
			require.NoError(t, err)
			require.Equal(t, want, stopped)
			require.NoError(t, lock.Release())
		})
	}
}

func TestRecord(t *testing.T) {
	dir := made(t)
	_, ok, err := dir.ReadRecord()
	require.NoError(t, err)
	require.False(t, ok)
	want := state.Record{Name: "lab", PID: 7, Ready: true, UI: "http://127.0.0.1:8233"}
	require.NoError(t, dir.WriteRecord(want))
	got, ok, err := dir.ReadRecord()
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, want, got)
}

func TestRemoveTakesOnlyWhatIsItsOwn(t *testing.T) {
	dir := made(t)
	lock, err := dir.Acquire()
	require.NoError(t, err)
	require.NoError(t, dir.WritePID())
	require.NoError(t, dir.WriteRecord(state.Record{Name: "lab"}))
	for _, path := range []string{dir.Database(), dir.Secret(), dir.SSHKey(), dir.WorkerLog()} {
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	foreign := filepath.Join(string(dir), "notes.txt")
	require.NoError(t, os.WriteFile(foreign, nil, 0o600))
	exists, err := dir.Exists()
	require.NoError(t, err)
	require.True(t, exists)

	left, err := dir.Remove()
	require.NoError(t, err)
	require.Equal(t, []string{foreign}, left)
	exists, err = dir.Exists()
	require.NoError(t, err)
	require.False(t, exists)
	require.NoError(t, os.Remove(foreign))
	left, err = dir.Remove()
	require.NoError(t, err)
	require.Empty(t, left)
	require.NoDirExists(t, string(dir))
	require.NoError(t, lock.Release())
}

func TestPermissions(t *testing.T) {
	dir := state.Dir(filepath.Join(t.TempDir(), "lab"))
	require.NoError(t, os.Mkdir(string(dir), 0o755))
	require.NoError(t, dir.Make())
	info, err := os.Stat(string(dir))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestMakeRefusesADirectoryOfOthers(t *testing.T) {
	dir := state.Dir(t.TempDir())
	require.NoError(t, os.Chmod(string(dir), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(string(dir), "notes.txt"), nil, 0o600))
	require.ErrorContains(t, dir.Make(), "notes.txt")
	info, err := os.Stat(string(dir))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), info.Mode().Perm())
}
