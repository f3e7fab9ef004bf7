package job_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/internal/job"
)

// ran is how a job ended.
type ran struct {
	job.Result
	error
}

// exclusively runs a job of the name "turn".
func exclusively(t testing.TB, d job.Dir, id, script string) chan ran {
	t.Helper()
	s := spec(id, script)
	s.Exclusive = "turn"
	done := make(chan ran, 1)
	go func() {
		got, err := d.Run(within(t), local, s, nil)
		done <- ran{got, err}
	}()
	return done
}

// waits waits until a job says that it does.
func waits(t testing.TB, d job.Dir, id string) {
	t.Helper()
	require.Eventually(t, func() bool {
		text, _ := os.ReadFile(string(d) + "/" + id + "/output")
		return strings.HasPrefix(string(text), "waits for another job of turn")
	}, 5*time.Second, 5*time.Millisecond)
}

func TestExclusive(t *testing.T) {
	t.Parallel()
	d, held := root(t), filepath.Join(t.TempDir(), "held")
	var wg sync.WaitGroup
	for _, id := range strings.Fields("a b c d e f") {
		done := exclusively(t, d, id, "mkdir "+held+" && sleep 0.1 && rmdir "+held)
		wg.Go(func() {
			got := <-done
			require.NoError(t, got.error)
			require.Zero(t, got.Exit, "%s", got.Tail)
			require.Less(t, got.Seconds, 5.0)
		})
	}
	wg.Wait()
}

func TestExclusiveSaysForWhomItWaits(t *testing.T) {
	t.Parallel()
	d := root(t)
	first := exclusively(t, d, "first", ": >up; until [ -e go ]; do sleep 0.02; done; sleep 1000 & setsid sleep 1000 & exit 0")
	appears(t, string(d)+"/first/files/up")
	s := spec("other", "echo at once")
	s.Exclusive = "another"
	got, err := d.Run(within(t), local, s, nil)
	require.NoError(t, err, "another name waits for nobody")
	require.Equal(t, "at once\n", string(got.Tail))
	got, err = d.Run(within(t), local, spec("none", "echo at once; ls ../../.exclusive"), nil)
	require.NoError(t, err)
	require.Equal(t, "at once\nanother\nturn\n", string(got.Tail))

	second := exclusively(t, d, "second", "echo ran; [ ! -e /proc/self/fd/4 ] && [ ! -e /proc/self/fd/9 ] && echo free")
	waits(t, d, "second")
	require.NoError(t, os.WriteFile(string(d)+"/first/files/go", nil, 0o600))
	require.NoError(t, (<-first).error)
	end := <-second
	require.NoError(t, end.error)
	require.Equal(t, "waits for another job of turn: first\nran\nfree\n", string(end.Tail), "daemons of the first keep nobody waiting, and no lock is inherited")
	require.Less(t, end.Seconds, 1.0, "waiting does not count")
}

func TestExclusiveWrapperKilled(t *testing.T) {
	t.Parallel()
	d, busy := root(t), filepath.Join(t.TempDir(), "busy")
	first := exclusively(t, d, "first", ": >up; while :; do : >"+busy+"; sleep 0.01; done")
	appears(t, string(d)+"/first/files/up")
	second := exclusively(t, d, "second", "rm -f "+busy+"; sleep 0.2; [ ! -e "+busy+" ]")
	waits(t, d, "second")
	require.NoError(t, syscall.Kill(wrapper(t, d, "first"), syscall.SIGKILL))
	var lost *job.LostError
	require.ErrorAs(t, (<-first).error, &lost)
	got := <-second
	require.NoError(t, got.error)
	require.Zero(t, got.Exit, "what the lost one left is killed before the next begins: %s", got.Tail)
}

// Nobody follows the lost one, so nobody but the next of its name can end it.
func TestExclusiveWrapperKilledUnseen(t *testing.T) {
	t.Parallel()
	d, busy := root(t), filepath.Join(t.TempDir(), "busy")
	ctx, cancel := context.WithCancel(within(t))
	first := make(chan error, 1)
	s := spec("first", ": >up; while :; do : >"+busy+"; sleep 0.01; done")
	s.Exclusive = "turn"
	go func() {
		_, err := d.Run(ctx, local, s, nil)
		first <- err
	}()
	appears(t, string(d)+"/first/files/up")
	pid := wrapper(t, d, "first")
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	got := <-exclusively(t, d, "second", "rm -f "+busy+"; sleep 0.2; [ ! -e "+busy+" ]")
	require.NoError(t, got.error)
	require.Zero(t, got.Exit, "%s", got.Tail)
}

func TestExclusiveStopWhileWaiting(t *testing.T) {
	t.Parallel()
	d := root(t)
	first := exclusively(t, d, "first", ": >up; sleep 1000")
	appears(t, string(d)+"/first/files/up")
	s := spec("second", "echo ran")
	s.Exclusive, s.Secrets = "turn", []string{"another"}
	second := make(chan ran, 1)
	go func() {
		got, err := d.Run(within(t), local, s, nil)
		second <- ran{got, err}
	}()
	require.Eventually(t, func() bool {
		text, _ := os.ReadFile(string(d) + "/second/output")
		return len(text) > 0
	}, 5*time.Second, 5*time.Millisecond)
	begin := time.Now()
	require.NoError(t, d.Stop(within(t), local, "second", 5*time.Second))
	require.Less(t, time.Since(begin), 3*time.Second)
	got := <-second
	require.NoError(t, got.error)
	require.Equal(t, 143, got.Exit)
	require.Equal(t, "waits for *** job of turn: first\n", string(got.Tail))
	require.Empty(t, processes(t, "AIOLOS_JOB_DIR="+string(d)+"/second"))
	require.NoError(t, d.Stop(within(t), local, "first", time.Second))
	require.Equal(t, 143, (<-first).Exit)
	require.Equal(t, "third\n", string((<-exclusively(t, d, "third", "echo third")).Tail))
}

// Stopped at any moment between waiting and running.
func TestExclusiveStopAtTheTurn(t *testing.T) {
	t.Parallel()
	for range 10 {
		d := root(t)
		first := exclusively(t, d, "first", ": >up; until [ -e go ]; do sleep 0.02; done")
		appears(t, string(d)+"/first/files/up")
		second := exclusively(t, d, "second", "sleep 1000")
		waits(t, d, "second")
		require.NoError(t, os.WriteFile(string(d)+"/first/files/go", nil, 0o600))
		require.NoError(t, (<-first).error)
		require.NoError(t, d.Stop(within(t), local, "second", 5*time.Second))
		require.Equal(t, 143, (<-second).Exit)
		require.Empty(t, processes(t, "AIOLOS_JOB_DIR="+string(d)))
	}
}

func TestExclusiveIsChecked(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../x", "-x", "a/b", "a b", strings.Repeat("x", 201)} {
		s := spec("a", "true")
		s.Exclusive = name
		_, err := job.Dir("/nowhere").Run(within(t), failing{os.ErrInvalid}, s, nil)
		var wrong *job.SpecError
		require.ErrorAs(t, err, &wrong, name)
		require.Equal(t, "exclusive", wrong.Field)
	}
}

func TestExclusivePruned(t *testing.T) {
	t.Parallel()
	d := root(t)
	first := exclusively(t, d, "first", ": >up; until [ -e go ]; do sleep 0.02; done")
	appears(t, string(d)+"/first/files/up")
	turn := string(d) + "/.exclusive/turn"
	old := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(turn, old, old))
	_, err := d.Prune(within(t), local, time.Minute, 0)
	require.NoError(t, err)
	require.FileExists(t, turn, "it is held")
	require.NoError(t, os.WriteFile(string(d)+"/first/files/go", nil, 0o600))
	require.NoError(t, (<-first).error)
	_, err = d.Prune(within(t), local, time.Minute, 0)
	require.NoError(t, err)
	require.NoFileExists(t, turn)
	require.NoError(t, (<-exclusively(t, d, "second", "true")).error)
}
