package ssh

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/internal/remote"
	"aiolos/internal/ssh/sshtest"
)

// heard collects what Await tells.
type heard struct {
	mu       sync.Mutex
	messages []string
}

func (h *heard) hear(message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.messages = append(h.messages, message)
}

func TestAwaitABootingHost(t *testing.T) {
	s := sshtest.New(t, hostKey, publicOf(clientKey))
	p := newPool(t, config())
	boot := time.AfterFunc(300*time.Millisecond, func() { s.Listen(t) })
	defer boot.Stop()
	var h heard
	began := time.Now()
	require.NoError(t, p.Await(t.Context(), targetOf(s), h.hear))
	took := time.Since(began)
	t.Logf("booted after 300 ms, awaited for %v", took)
	require.Greater(t, took, 300*time.Millisecond)
	require.Less(t, took, 2*time.Second)
	require.Equal(t, []string{"storage-0 (" + s.Addr() + ") cannot be reached: connect: connection refused"}, h.messages)
	// The connection is in the pool.
	_, err := p.Runner(targetOf(s)).Run(t.Context(), remote.Command{Script: "true"})
	require.NoError(t, err)
	require.Equal(t, 1, s.Connections())
}

func TestAwaitAHostThatAnswers(t *testing.T) {
	s := start(t)
	p := newPool(t, config())
	require.NoError(t, p.Await(t.Context(), targetOf(s), nil))
	require.NoError(t, p.Await(t.Context(), targetOf(s), nil))
	require.Equal(t, 1, s.Connections())
}

func TestAwaitAHostThatReboots(t *testing.T) {
	s := start(t)
	cfg := config()
	cfg.DialTimeout = 200 * time.Millisecond
	p := newPool(t, cfg)
	require.NoError(t, p.Await(t.Context(), targetOf(s), nil))
	// The pooled connection is one to a machine that says nothing any more.
	s.Stall()
	boot := time.AfterFunc(300*time.Millisecond, func() {
		s.Stop()
		s.Resume()
		s.Listen(t)
	})
	defer boot.Stop()
	require.NoError(t, p.Await(t.Context(), targetOf(s), nil))
	require.Equal(t, 2, s.Connections())
}

func TestAwaitTheKey(t *testing.T) {
	s := start(t)
	s.RefuseAuth(true)
	p := newPool(t, config())
	installed := time.AfterFunc(300*time.Millisecond, func() { s.RefuseAuth(false) })
	defer installed.Stop()
	var h heard
	require.NoError(t, p.Await(t.Context(), targetOf(s), h.hear))
	require.Len(t, h.messages, 1)
	require.Contains(t, h.messages[0], "refuses the worker's key")
	require.Positive(t, s.Refused())
}

func TestAwaitTheKeyNotForEver(t *testing.T) {
	s := start(t)
	s.RefuseAuth(true)
	cfg := config()
	cfg.AuthPatience = 200 * time.Millisecond
	var auth *AuthError
	began := time.Now()
	require.ErrorAs(t, newPool(t, cfg).Await(t.Context(), targetOf(s), nil), &auth)
	require.Greater(t, time.Since(began), 200*time.Millisecond)
	require.Greater(t, s.Refused(), 1)
}

func TestAwaitUntilTheContextEnds(t *testing.T) {
	s := sshtest.New(t, hostKey, publicOf(clientKey))
	p := newPool(t, config())
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := p.Await(ctx, targetOf(s), nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	var away *DialError
	require.ErrorAs(t, err, &away)
	require.Contains(t, err.Error(), "connection refused; waited until the time was over")

	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, stop)
	require.Equal(t, context.Canceled, p.Await(ctx, targetOf(s), nil))
}

func TestTeller(t *testing.T) {
	var said []string
	tell := teller{to: func(m string) { said = append(said, m) }}
	for _, m := range []string{"a", "a", "b", "b", "a"} {
		tell.tell(m)
	}
	require.Equal(t, "a b a", strings.Join(said, " "))
	tell.at = time.Now().Add(-time.Second)
	tell.tell("a")
	require.Len(t, said, 4)
	(&teller{}).tell("to nobody")
}
