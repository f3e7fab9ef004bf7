package ssh

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

func TestResults(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	for name, c := range map[string]struct {
		command remote.Command
		want    remote.Result
	}{
		"nothing":        {remote.Command{Script: "true"}, remote.Result{}},
		"both streams":   {remote.Command{Script: "echo out; echo err >&2"}, remote.Result{Stdout: []byte("out\n"), Stderr: []byte("err\n")}},
		"exit code":      {remote.Command{Script: "exit 255"}, remote.Result{Exit: 255}},
		"killed":         {remote.Command{Script: "kill -9 $$"}, remote.Result{Exit: 137}},
		"terminated":     {remote.Command{Script: "kill -TERM $$"}, remote.Result{Exit: 143}},
		"unnamed signal": {remote.Command{Script: "kill -XCPU $$"}, remote.Result{Exit: 128}},
		"no input":       {remote.Command{Script: "cat"}, remote.Result{}},
		"input":          {remote.Command{Script: "cat", Stdin: strings.NewReader("in")}, remote.Result{Stdout: []byte("in")}},
		"unread input":   {remote.Command{Script: "exit 4", Stdin: bytes.NewReader(make([]byte, 10<<20))}, remote.Result{Exit: 4}},
		"arguments":      {remote.Command{Script: `printf '%s|' "$@"`, Args: []string{"", "'", "a b", "$(id)", "\n", "-n"}}, remote.Result{Stdout: []byte("|'|a b|$(id)|\n|-n|")}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := r.Run(t.Context(), c.command)
			require.NoError(t, err)
			require.Equal(t, c.want.Exit, got.Exit)
			require.Equal(t, string(c.want.Stdout), string(got.Stdout))
			require.Equal(t, string(c.want.Stderr), string(got.Stderr))
		})
	}
}

// TestArgumentsArriveUnchanged sends whatever bytes an argument can hold.
func TestArgumentsArriveUnchanged(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	run := func(t require.TestingT, args []string) {
		got, err := r.Run(context.Background(), remote.Command{Script: `printf '%s\0' "$@"`, Args: args})
		require.NoError(t, err)
		require.Zero(t, got.Exit, string(got.Stderr))
		require.Equal(t, strings.Join(args, "\x00")+"\x00", string(got.Stdout))
	}
	var all []byte
	for b := 1; b < 256; b++ {
		all = append(all, byte(b))
	}
	run(t, []string{string(all)})
	argument := rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 40)
	rapid.Check(t, func(t *rapid.T) {
		var args []string
		for _, a := range rapid.SliceOfN(argument, 1, 5).Draw(t, "arguments") {
			args = append(args, string(a))
		}
		run(t, args)
	})
}

func TestLargeStreams(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	const size = 32 << 20
	data := make([]byte, size)
	_, _ = rand.Read(data)
	hash := sha256.New()
	began := time.Now()
	got, err := r.Run(t.Context(), remote.Command{Script: "cat; cat >&2 </dev/null", Stdin: bytes.NewReader(data), Stdout: hash})
	require.NoError(t, err)
	t.Logf("%d MiB there and back in %v", size>>20, time.Since(began))
	require.Empty(t, got.Stdout)
	want := sha256.Sum256(data)
	require.Equal(t, hex.EncodeToString(want[:]), hex.EncodeToString(hash.Sum(nil)))
}

func TestCollectedOutputIsBounded(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	got, err := r.Run(t.Context(), remote.Command{Script: "head -c 4194304 /dev/zero"})
	require.NoError(t, err)
	require.Len(t, got.Stdout, maxOutput)
	for stream, script := range map[string]string{"standard output": "cat /dev/zero", "standard error": "cat /dev/zero >&2"} {
		_, err = r.Run(t.Context(), remote.Command{Script: script})
		var full *OutputError
		require.ErrorAs(t, err, &full)
		require.Equal(t, stream, full.Stream)
		require.Equal(t, deploy.KindJob, full.Kind())
	}
	require.Equal(t, 1, s.Connections())
}

func TestCommandsThatCannotBe(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	for _, c := range []remote.Command{
		{Script: "true", Args: []string{"a\x00b"}},
		{Script: "true", Args: []string{strings.Repeat("a", maxLine)}},
	} {
		_, err := r.Run(t.Context(), c)
		var wrong *CommandError
		require.ErrorAs(t, err, &wrong)
		require.Less(t, len(err.Error()), 300)
	}
	require.Zero(t, s.Connections())
	// The longest that can be.
	longest := remote.Command{Script: `printf %s "${#1}"`, Args: []string{""}}
	n := maxLine - len(longest.Line())
	longest.Args[0] = strings.Repeat("a", n)
	got, err := r.Run(t.Context(), longest)
	require.NoError(t, err)
	require.Equal(t, strconv.Itoa(n), string(got.Stdout))
}

func TestCancelledCommand(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	cause := errors.New("cause")
	for name, c := range map[string]struct {
		make func() (context.Context, func())
		want error
	}{
		"cancelled": {func() (context.Context, func()) { return context.WithCancel(t.Context()) }, context.Canceled},
		"with cause": {func() (context.Context, func()) {
			ctx, cancel := context.WithCancelCause(t.Context())
			return ctx, func() { cancel(cause) }
		}, context.Canceled},
		"out of time": {func() (context.Context, func()) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			t.Cleanup(cancel)
			return ctx, func() {}
		}, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := c.make()
			var out lockedBuffer
			ended := make(chan error, 1)
			go func() {
				_, err := r.Run(ctx, remote.Command{Script: "echo $$; exec sleep 60", Stdout: &out})
				ended <- err
			}()
			require.Eventually(t, func() bool { return out.String() != "" }, 5*time.Second, time.Millisecond)
			pid, err := strconv.Atoi(strings.TrimSpace(out.String()))
			require.NoError(t, err)
			cancel()
			require.ErrorIs(t, <-ended, c.want)
			require.Eventually(t, func() bool { return syscall.Kill(pid, 0) != nil }, 5*time.Second, time.Millisecond, "the command was told to end")
		})
	}
	_, err := r.Run(t.Context(), remote.Command{Script: "true"})
	require.NoError(t, err)
	require.Equal(t, 1, s.Connections(), "a cancelled command does not cost the connection")
	done, cancel := context.WithCancel(t.Context())
	cancel()
	sessions := s.Sessions()
	_, err = r.Run(done, remote.Command{Script: "true"})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, sessions, s.Sessions())
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestCancelWhileTheHostIsSilent(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	_, err := r.Run(t.Context(), remote.Command{Script: "true"})
	require.NoError(t, err)
	s.Stall()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = r.Run(ctx, remote.Command{Script: "true"})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(began), 2*time.Second)
}

// TestSessionsHeldByCommandsThatGoOn cancels commands that do not end, as root's
// do not under sshd, until sshd opens no more sessions on the connection.
func TestSessionsHeldByCommandsThatGoOn(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	for range 2 * maxSessions {
		ctx, cancel := context.WithCancel(t.Context())
		began := &signalWriter{seen: make(chan struct{})}
		ended := make(chan error, 1)
		go func() {
			_, err := r.Run(ctx, remote.Command{Script: "trap '' TERM; echo began; while :; do sleep 60; done", Stdout: began})
			ended <- err
		}()
		select {
		case <-began.seen:
		case err := <-ended:
			require.NoError(t, err)
		}
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
	}
	_, err := r.Run(t.Context(), remote.Command{Script: "true"})
	require.NoError(t, err)
	require.Equal(t, 2, s.Connections())
}

// TestAbandonedSessionsLeaveRoom is about an sshd that does not close the session
// of a cancelled command until the command has ended, as OpenSSH's does not.
func TestAbandonedSessionsLeaveRoom(t *testing.T) {
	s := start(t)
	p := newPool(t, config())
	r := p.Runner(targetOf(s))
	c, err := p.connect(t.Context(), targetOf(s).filled())
	require.NoError(t, err)
	var slots []*slot
	for range maxSessions {
		slot, err := c.acquire(t.Context())
		require.NoError(t, err)
		slots = append(slots, slot)
	}
	// While all are live, a command waits for room.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = r.Run(ctx, remote.Command{Script: "true"})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, 1, s.Connections())
	// It stops to wait as soon as one is abandoned, and takes another connection.
	waiting := make(chan error, 1)
	go func() {
		_, err := r.Run(t.Context(), remote.Command{Script: "true"})
		waiting <- err
	}()
	slots[0].abandon()
	slots[0].abandon()
	require.NoError(t, <-waiting)
	require.Equal(t, 2, s.Connections())
	// The old one ends with the last session that somebody waits for.
	slots[0].release()
	for _, slot := range slots[1:] {
		require.NoError(t, c.ctx.Err())
		slot.release()
	}
	<-c.ctx.Done()
	_, err = r.Run(t.Context(), remote.Command{Script: "true"})
	require.NoError(t, err)
	require.Equal(t, 2, s.Connections())
}

func TestLostWhileRunning(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	mark := filepath.Join(t.TempDir(), "mark")
	ended := make(chan error, 1)
	go func() {
		_, err := r.Run(t.Context(), remote.Command{Script: `echo >"$1"; sleep 60`, Args: []string{mark}})
		ended <- err
	}()
	require.Eventually(t, func() bool { _, err := os.Stat(mark); return err == nil }, 5*time.Second, time.Millisecond)
	s.Drop()
	err := <-ended
	var lost *LostError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, Place{"demo", "storage-0", s.Addr()}, lost.Place)
	require.Equal(t, deploy.KindUnreachable, lost.Kind())
	require.Error(t, errors.Unwrap(lost))
}

func TestInputThatFails(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	broken := errors.New("broken disk")
	_, err := r.Run(t.Context(), remote.Command{Script: "cat", Stdin: io.MultiReader(strings.NewReader("half"), failing{broken})})
	require.ErrorIs(t, err, broken)
}

func TestOutputThatFails(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	full := errors.New("full disk")
	_, err := r.Run(t.Context(), remote.Command{Script: "cat /dev/zero", Stdout: failing{full}})
	require.ErrorIs(t, err, full)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestInputThatNeverEnds(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	in, feed := io.Pipe()
	defer feed.Close()
	got, err := r.Run(t.Context(), remote.Command{Script: "exit 5", Stdin: in})
	require.NoError(t, err)
	require.Equal(t, 5, got.Exit)
}

func BenchmarkRun(b *testing.B) {
	s := start(b)
	r := newPool(b, config()).Runner(targetOf(s))
	for b.Loop() {
		if _, err := r.Run(context.Background(), remote.Command{Script: ":"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRunParallel(b *testing.B) {
	s := start(b)
	r := newPool(b, config()).Runner(targetOf(s))
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := r.Run(context.Background(), remote.Command{Script: ":"}); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkDial(b *testing.B) {
	s := start(b)
	p := newPool(b, config())
	i := 0
	for b.Loop() {
		i++
		target := targetOf(s)
		target.Node = fmt.Sprint("storage-", i)
		if err := p.Await(context.Background(), target, nil); err != nil {
			b.Fatal(err)
		}
	}
}
