package job_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"aiolos/deploy"
	"aiolos/internal/job"
	"aiolos/internal/remote"
	"aiolos/internal/remote/remotetest"
)

func TestRunGivesCodeAndOutput(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, script string
		exit         int
		output       string
	}{
		{"nothing", "", 0, ""},
		{"true", "true", 0, ""},
		{"both streams as they come", "echo a; echo b >&2; echo c", 0, "a\nb\nc\n"},
		{"exit code", "exit 42", 42, ""},
		{"the highest code", "exit 255", 255, ""},
		{"signal", "kill -9 $$", 137, ""},
		{"interpreter", "#!/usr/bin/env -S awk -f\nBEGIN { print \"awk\"; exit 3 }", 3, "awk\n"},
		{"own group", "#!/bin/bash\n[ $$ = $(cut -d' ' -f5 /proc/$$/stat) ]", 0, ""},
		{"umask", "umask", 0, "0022\n"},
		{"no input", "cat", 0, ""},
		{"lock is not inherited", "[ ! -e /proc/self/fd/9 ]", 0, ""},
		{"working directory", `[ "$(pwd)" = "$AIOLOS_JOB_DIR/files" ]`, 0, ""},
		{"without a newline at the end", "printf x", 0, "x"},
		{"a mark that is not ours", `printf '\0aiolos-x ended 1 0 0 0 0 0 0\n'`, 0, "\x00aiolos-x ended 1 0 0 0 0 0 0\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := root(t).Run(within(t), local, spec("a", c.script), nil)
			require.NoError(t, err)
			require.Equal(t, c.exit, got.Exit, "%s", got.Tail)
			require.Equal(t, c.output, string(got.Tail))
			require.Equal(t, c.output, string(got.Head))
			require.EqualValues(t, len(c.output), got.Size)
			require.False(t, got.Found)
			require.Equal(t, "a", got.ID)
			require.Equal(t, map[string]string{}, got.Outputs)
		})
	}
}

func TestMissingInterpreterIsNamed(t *testing.T) {
	t.Parallel()
	got, err := root(t).Run(within(t), local, spec("a", "#!/no/such/thing\n"), nil)
	require.NoError(t, err)
	require.Equal(t, 127, got.Exit)
	require.Contains(t, string(got.Tail), "script")
}

// TestOtherShell runs all scripts with bash as sh, as RHEL has it.
func TestOtherShell(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	require.NoError(t, err)
	bin := t.TempDir()
	require.NoError(t, os.Symlink(bash, bin+"/sh"))
	r := remotetest.Local{Shell: bin + "/sh", Env: []string{"PATH=" + bin + ":" + os.Getenv("PATH")}}
	d := root(t)
	s := spec("a", "echo \"$X\"; echo k=v >\"$AIOLOS_OUTPUT\"; exit 3")
	s.Env = map[string]string{"X": everyByte()}
	for _, found := range []bool{false, true} {
		got, err := d.Run(within(t), r, s, nil)
		require.NoError(t, err)
		require.Equal(t, 3, got.Exit)
		require.Equal(t, everyByte()+"\n", string(got.Tail))
		require.Equal(t, map[string]string{"k": "v"}, got.Outputs)
		require.Equal(t, found, got.Found)
	}
	require.NoError(t, d.Stop(within(t), r, "never", time.Second))

	first, second := spec("first", ": >up; until [ -e go ]; do sleep 0.02; done; exit 5"), spec("second", "echo ran")
	first.Exclusive, second.Exclusive = "turn", "turn"
	ended := make(chan error, 2)
	go func() {
		_, err := d.Run(within(t), r, first, nil)
		ended <- err
	}()
	appears(t, string(d)+"/first/files/up")
	go func() {
		got, err := d.Run(within(t), r, second, nil)
		if err == nil && string(got.Tail) != "waits for another job of turn: first\nran\n" {
			err = fmt.Errorf("%q", got.Tail)
		}
		ended <- err
	}()
	waits(t, d, "second")
	require.NoError(t, os.WriteFile(string(d)+"/first/files/go", nil, 0o600))
	require.NoError(t, errors.Join(<-ended, <-ended))

	n, err := d.Prune(within(t), r, -time.Hour, 0)
	require.NoError(t, err)
	require.Equal(t, 4, n)
}

func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	d := root(t)
	count := filepath.Join(t.TempDir(), "count")
	s := spec("once", fmt.Sprintf("echo ran >>%s; sleep 0.3; echo done", count))
	var wg sync.WaitGroup
	results := make([]job.Result, 20)
	errs := make([]error, len(results))
	for i := range results {
		wg.Go(func() { results[i], errs[i] = d.Run(within(t), local, s, nil) })
	}
	wg.Wait()
	first := 0
	for i, got := range results {
		require.NoError(t, errs[i])
		require.Equal(t, "done\n", string(got.Tail))
		require.GreaterOrEqual(t, got.Seconds, 0.25)
		if !got.Found {
			first++
		}
	}
	require.Equal(t, 1, first)
	ran, err := os.ReadFile(count)
	require.NoError(t, err)
	require.Equal(t, "ran\n", string(ran))
	left, err := filepath.Glob(string(d) + "/.*")
	require.NoError(t, err)
	require.Empty(t, left, "losers remove what they sent")
}

func TestFollowerDiesAndAnotherGoesOn(t *testing.T) {
	t.Parallel()
	d := root(t)
	gate := filepath.Join(t.TempDir(), "gate")
	require.NoError(t, syscall.Mkfifo(gate, 0o600))
	s := spec("a", "echo before; read -r line <"+gate+"; echo after; echo n=1 >>$AIOLOS_OUTPUT")

	ctx, cancel := context.WithCancel(within(t))
	_, err := d.Run(ctx, local, s, func(p job.Progress) {
		if p.LastLine == "before" {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)

	seen := make(chan job.Progress, 100)
	again := make(chan error, 1)
	var got job.Result
	go func() {
		var err error
		got, err = d.Run(within(t), local, s, func(p job.Progress) { seen <- p })
		again <- err
	}()
	require.Equal(t, job.Progress{Found: true}, <-seen)
	require.Equal(t, job.Progress{Offset: 7, LastLine: "before", Found: true}, <-seen)
	require.NoError(t, os.WriteFile(gate, []byte("go\n"), 0))
	require.NoError(t, <-again)
	require.True(t, got.Found)
	require.Equal(t, "before\nafter\n", string(got.Tail))
	require.Equal(t, map[string]string{"n": "1"}, got.Outputs)
}

func TestWrapperKilledIsLost(t *testing.T) {
	t.Parallel()
	d := root(t)
	s := spec("a", "echo evidence; sleep 1000 & wait")
	failed := make(chan error, 1)
	up := make(chan struct{}, 100)
	go func() {
		_, err := d.Run(within(t), local, s, outputTo(up))
		failed <- err
	}()
	<-up
	require.NoError(t, syscall.Kill(wrapper(t, d, "a"), syscall.SIGKILL))
	err := <-failed
	var lost *job.LostError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, "a", lost.ID)
	require.False(t, lost.Rebooted)
	require.Equal(t, []string{"evidence"}, lost.Evidence())
	require.Equal(t, deploy.KindJobLost, lost.Kind())
	require.Eventually(t, func() bool { return len(processes(t, "AIOLOS_JOB_DIR="+string(d)+"/a")) == 0 },
		5*time.Second, 10*time.Millisecond, "what a lost job left is killed")

	_, err = d.Run(within(t), local, s, nil)
	require.ErrorAs(t, err, &lost, "a lost job is not started again")
	require.NoError(t, d.Stop(within(t), local, "a", time.Second))

	require.NoError(t, os.WriteFile(string(d)+"/a/boot", []byte("another\n"), 0o600))
	_, err = d.Run(within(t), local, s, nil)
	require.ErrorAs(t, err, &lost)
	require.True(t, lost.Rebooted)
	require.ErrorContains(t, err, "rebooted since it was started, at 2")
	now := time.Now()
	var machine unix.Sysinfo_t
	require.NoError(t, unix.Sysinfo(&machine))
	require.WithinRange(t, lost.Booted, now.Add(-time.Duration(machine.Uptime+60)*time.Second), now)
}

func TestLargeOutputIsBounded(t *testing.T) {
	t.Parallel()
	d := root(t)
	const lines = 1_100_000
	s := spec("a", fmt.Sprintf("seq -f %%09.0f %d", lines))
	var want bytes.Buffer
	for i := 1; i <= lines; i++ {
		fmt.Fprintf(&want, "%09d\n", i)
	}
	var last job.Progress
	for _, found := range []bool{false, true} {
		received := 0
		got, err := d.Run(within(t), counting{local, &received}, s, func(p job.Progress) { last = p })
		require.NoError(t, err)
		require.EqualValues(t, want.Len(), got.Size)
		require.Equal(t, want.Bytes()[:job.HeadBytes], got.Head)
		require.Equal(t, want.Bytes()[want.Len()-job.TailBytes:], got.Tail)
		if found {
			require.Less(t, received, 70_000, "who follows anew reads no more than the bounds")
		}
	}
	require.LessOrEqual(t, last.Offset, int64(want.Len()))
}

// counting counts the bytes that come back.
type counting struct {
	remote.Runner
	n *int
}

func (c counting) Run(ctx context.Context, command remote.Command) (remote.Result, error) {
	command.Stdout = writer(func(out func([]byte) (int, error)) func([]byte) (int, error) {
		return func(p []byte) (int, error) { *c.n += len(p); return out(p) }
	}(command.Stdout.Write))
	return c.Runner.Run(ctx, command)
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestOutputAroundTheBounds(t *testing.T) {
	t.Parallel()
	d := root(t)
	for _, size := range []int{job.HeadBytes, job.TailBytes - 1, job.TailBytes + 1, job.HeadBytes + job.TailBytes, job.HeadBytes + job.TailBytes + 1} {
		random := rand.NewChaCha8([32]byte{byte(size)})
		output := make([]byte, size)
		_, _ = random.Read(output)
		s := spec(fmt.Sprintf("s%d", size), "cat data")
		s.Archive = archive(t, entry{name: "data", mode: 0o600, body: string(output)})
		got, err := d.Run(within(t), local, s, func(job.Progress) {})
		require.NoError(t, err)
		require.EqualValues(t, size, got.Size)
		require.True(t, bytes.Equal(output[:job.HeadBytes], got.Head), "head of %d bytes", size)
		require.True(t, bytes.Equal(output[max(0, size-job.TailBytes):], got.Tail), "tail of %d bytes", size)
	}
}

func TestDaemonLeftBehindDoesNotBlock(t *testing.T) {
	t.Parallel()
	d := root(t)
	got, err := d.Run(within(t), local, spec("a", "sleep 1000 & setsid sleep 1000 & echo up"), nil)
	require.NoError(t, err)
	require.Equal(t, "up\n", string(got.Tail))
	require.Less(t, got.Seconds, 5.0)
}

func TestTransportErrorIsPassedOn(t *testing.T) {
	t.Parallel()
	gone := errors.New("connection lost")
	_, err := root(t).Run(within(t), failing{gone}, spec("a", "true"), nil)
	require.ErrorIs(t, err, gone)
	require.ErrorContains(t, err, "job a")
}

type failing struct{ error }

func (f failing) Run(context.Context, remote.Command) (remote.Result, error) {
	return remote.Result{}, f.error
}

func TestHalfSentJobNeverRuns(t *testing.T) {
	t.Parallel()
	d := root(t)
	ran := filepath.Join(t.TempDir(), "ran")
	s := spec("a", "echo ran >"+ran)
	s.Archive = archive(t, entry{name: "data", mode: 0o600, body: strings.Repeat("x", 5000)})
	for _, cut := range []int64{0, 700, 1024, 4096, 10240, 11264} {
		_, err := d.Run(within(t), cutting{local, cut}, s, nil)
		var failed *job.NodeError
		require.ErrorAs(t, err, &failed, "cut at %d", cut)
		require.NotEmpty(t, failed.Evidence())
	}
	left, err := os.ReadDir(string(d))
	require.NoError(t, err)
	require.Empty(t, left)
	require.NoFileExists(t, ran)
	_, err = d.Run(within(t), local, s, nil)
	require.NoError(t, err)
	require.FileExists(t, ran)
}

// A job whose launcher died between sending and starting it.
func TestSentButUnstartedIsStarted(t *testing.T) {
	t.Parallel()
	d := root(t)
	_, err := d.Run(within(t), local, spec("a", "echo x"), nil)
	require.NoError(t, err)
	for _, f := range []string{"started", "exit", "pid", "boot"} {
		require.NoError(t, os.Remove(string(d)+"/a/"+f))
	}
	require.NoError(t, os.Truncate(string(d)+"/a/output", 0))
	got, err := d.Run(within(t), local, spec("a", "echo x"), nil)
	require.NoError(t, err)
	require.True(t, got.Found)
	require.Equal(t, "x\n", string(got.Tail))
}

// While one launcher holds the lock and dies, the others wait and take over.
func TestLauncherDiesBeforeStarting(t *testing.T) {
	t.Parallel()
	d := root(t)
	s := spec("a", "echo x")
	_, err := d.Run(within(t), local, s, nil)
	require.NoError(t, err)
	for _, f := range []string{"started", "exit", "pid", "boot"} {
		require.NoError(t, os.Remove(string(d)+"/a/"+f))
	}
	lock, err := os.Open(string(d) + "/a/lock")
	require.NoError(t, err)
	require.NoError(t, syscall.Flock(int(lock.Fd()), syscall.LOCK_EX))
	done := make(chan error, 1)
	var got job.Result
	up := make(chan struct{}, 10)
	go func() {
		var err error
		got, err = d.Run(within(t), local, s, outputTo(up))
		done <- err
	}()
	<-up // it follows the old output
	require.NoError(t, lock.Close())
	require.NoError(t, <-done)
	require.Equal(t, "x\nx\n", string(got.Tail))
}

// cutting ends the standard input early, as a lost connection does.
type cutting struct {
	remote.Runner
	after int64
}

func (c cutting) Run(ctx context.Context, command remote.Command) (remote.Result, error) {
	command.Stdin = limited(command, c.after)
	return c.Runner.Run(ctx, command)
}

func TestMissingToolIsNamed(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	require.NoError(t, err)
	r := remotetest.Local{Shell: sh, Env: []string{"PATH=" + t.TempDir()}}
	_, err = root(t).Run(within(t), r, spec("a", "true"), nil)
	var failed *job.NodeError
	require.ErrorAs(t, err, &failed)
	require.ErrorContains(t, err, "util-linux")
}

func TestNoiseBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	r := noisy{local}
	got, err := root(t).Run(within(t), r, spec("a", "echo x"), nil)
	require.NoError(t, err)
	require.Equal(t, "x\n", string(got.Tail))

	_, err = root(t).Run(within(t), mute{local}, spec("a", "echo x"), nil)
	var odd *job.ProtocolError
	require.ErrorAs(t, err, &odd)
}

type noisy struct{ remote.Runner }

func (n noisy) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.Script = "echo welcome; echo warning >&2\n" + c.Script
	return n.Runner.Run(ctx, c)
}

type mute struct{ remote.Runner }

func (n mute) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.Script = "exec >/dev/null\n" + c.Script
	return n.Runner.Run(ctx, c)
}
