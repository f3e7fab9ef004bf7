package ssh

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"aiolos/deploy"
	"aiolos/internal/remote"
	"aiolos/internal/ssh/sshtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func keyOf(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

var (
	hostKey   = keyOf(1)
	clientKey = keyOf(2)
	otherKey  = keyOf(3)
)

func publicOf(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func config() Config {
	return Config{ClientKeys: []ed25519.PrivateKey{clientKey}, HostKeys: func(string, string) []ed25519.PublicKey { return []ed25519.PublicKey{publicOf(hostKey)} }}
}

// newPool is closed before the server is, and nothing of it may be left then.
func newPool(t testing.TB, cfg Config) *Pool {
	p := NewPool(cfg)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func targetOf(s *sshtest.Server) Target {
	return Target{Deployment: "demo", Node: "storage-0", Address: s.Host, Port: s.Port}
}

func start(t testing.TB) *sshtest.Server { return sshtest.Start(t, hostKey, publicOf(clientKey)) }

func TestOneConnectionForAll(t *testing.T) {
	s := start(t)
	p := newPool(t, config())
	var runs sync.WaitGroup
	errs := make(chan error, 200)
	began := time.Now()
	for range 200 {
		runs.Go(func() {
			// Runners of one node share its connection.
			r, err := p.Runner(targetOf(s)).Run(t.Context(), remote.Command{Script: `printf '%s' "$1"; exit 3`, Args: []string{"out"}})
			if err == nil && (r.Exit != 3 || string(r.Stdout) != "out") {
				err = errors.New("wrong result")
			}
			errs <- err
		})
	}
	runs.Wait()
	t.Logf("200 commands at once: %v", time.Since(began))
	for range 200 {
		require.NoError(t, <-errs)
	}
	require.Equal(t, 1, s.Connections())
	require.Equal(t, 200, s.Sessions())
	require.LessOrEqual(t, s.MostSessions(), maxSessions)
	require.Greater(t, s.MostSessions(), 1)
}

func TestRedialsAfterLoss(t *testing.T) {
	s := start(t)
	r := newPool(t, config()).Runner(targetOf(s))
	for i := 1; i <= 3; i++ {
		_, err := r.Run(t.Context(), remote.Command{Script: "true"})
		require.NoError(t, err)
		require.Equal(t, i, s.Connections())
		s.Drop()
	}
}

func TestEachNodeHasItsOwnConnection(t *testing.T) {
	s := start(t)
	p := newPool(t, config())
	for _, node := range []string{"storage-0", "storage-1", "storage-0"} {
		target := targetOf(s)
		target.Node = node
		_, err := p.Runner(target).Run(t.Context(), remote.Command{Script: "true"})
		require.NoError(t, err)
	}
	require.Equal(t, 2, s.Connections())
}

func TestAnotherAddressIsAnotherConnection(t *testing.T) {
	first, second := start(t), start(t)
	p := newPool(t, config())
	for _, s := range []*sshtest.Server{first, second, second} {
		_, err := p.Runner(targetOf(s)).Run(t.Context(), remote.Command{Script: "true"})
		require.NoError(t, err)
	}
	require.Equal(t, 1, first.Connections())
	require.Equal(t, 1, second.Connections())
}

func TestWrongHostKey(t *testing.T) {
	s := sshtest.Start(t, otherKey, publicOf(clientKey))
	p := newPool(t, config())
	_, err := p.Runner(targetOf(s)).Run(t.Context(), remote.Command{Script: "true"})
	var wrong *HostKeyError
	require.ErrorAs(t, err, &wrong)
	fingerprint := func(k ed25519.PrivateKey) string {
		public, err := ssh.NewPublicKey(publicOf(k))
		require.NoError(t, err)
		return ssh.FingerprintSHA256(public)
	}
	require.Equal(t, &HostKeyError{Place: Place{"demo", "storage-0", s.Addr()}, Want: fingerprint(hostKey), Found: fingerprint(otherKey)}, wrong)
	require.Contains(t, err.Error(), wrong.Want)
	require.Contains(t, err.Error(), wrong.Found)
	require.Equal(t, deploy.KindHostKey, wrong.Kind())
	// Await does not wait for the right one, and nothing was told to the wrong one.
	require.ErrorAs(t, p.Await(t.Context(), targetOf(s), nil), &wrong)
	require.Zero(t, s.Connections())
}

func TestHostKeyOfAnotherKind(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(key)
	require.NoError(t, err)
	s := sshtest.NewWithSigner(t, signer, publicOf(clientKey))
	s.Listen(t)
	_, err = newPool(t, config()).Runner(targetOf(s)).Run(t.Context(), remote.Command{Script: "true"})
	var wrong *HostKeyError
	require.ErrorAs(t, err, &wrong)
	require.Empty(t, wrong.Found)
	require.Contains(t, err.Error(), "no ed25519 key")
}

func TestRefusedKey(t *testing.T) {
	s := sshtest.Start(t, hostKey, publicOf(otherKey))
	_, err := newPool(t, config()).Runner(targetOf(s)).Run(t.Context(), remote.Command{Script: "true"})
	var auth *AuthError
	require.ErrorAs(t, err, &auth)
	require.Equal(t, "root", auth.User)
	require.Equal(t, s.Addr(), auth.Address)
	require.Error(t, errors.Unwrap(auth))
	require.Equal(t, deploy.KindAuth, auth.Kind())
}

func TestNobodyThere(t *testing.T) {
	s := sshtest.New(t, hostKey, publicOf(clientKey))
	p := newPool(t, config())
	_, err := p.Runner(targetOf(s)).Run(t.Context(), remote.Command{Script: "true"})
	var away *DialError
	require.ErrorAs(t, err, &away)
	require.Equal(t, "storage-0 ("+s.Addr()+") cannot be reached: connect: connection refused", err.Error())
	require.Equal(t, deploy.KindUnreachable, away.Kind())

	_, err = p.Runner(Target{Deployment: "demo", Node: "storage-1"}).Run(t.Context(), remote.Command{Script: "true"})
	require.ErrorIs(t, err, errNoAddress)
}

func TestSilentHost(t *testing.T) {
	s := start(t)
	s.Stall()
	cfg := config()
	cfg.DialTimeout = 100 * time.Millisecond
	_, err := newPool(t, cfg).Runner(targetOf(s)).Run(t.Context(), remote.Command{Script: "true"})
	var away *DialError
	require.ErrorAs(t, err, &away)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Contains(t, err.Error(), "no answer in time")
}

func TestMissedKeepalive(t *testing.T) {
	s := start(t)
	cfg := config()
	cfg.Keepalive = 100 * time.Millisecond
	r := newPool(t, cfg).Runner(targetOf(s))
	lost := make(chan error, 1)
	began := &signalWriter{seen: make(chan struct{})}
	go func() {
		_, err := r.Run(t.Context(), remote.Command{Script: "echo began; sleep 60", Stdout: began})
		lost <- err
	}()
	<-began.seen
	s.Stall()
	err := <-lost
	var e *LostError
	require.ErrorAs(t, err, &e)
	require.Contains(t, err.Error(), "no sign of life for 100ms")
	s.Resume()
	_, err = r.Run(t.Context(), remote.Command{Script: "true"})
	require.NoError(t, err)
	require.Equal(t, 2, s.Connections())
}

// signalWriter tells when something has been written.
type signalWriter struct {
	once sync.Once
	seen chan struct{}
}

func (w *signalWriter) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.seen) })
	return len(p), nil
}

func TestClosedPool(t *testing.T) {
	s := start(t)
	p := NewPool(config())
	r := p.Runner(targetOf(s))
	began := &signalWriter{seen: make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		_, err := r.Run(t.Context(), remote.Command{Script: "echo began; sleep 60", Stdout: began})
		ended <- err
	}()
	<-began.seen
	require.NoError(t, p.Close())
	err := <-ended
	var lost *LostError
	require.ErrorAs(t, err, &lost)
	require.ErrorIs(t, err, ErrClosed)
	_, err = r.Run(t.Context(), remote.Command{Script: "true"})
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, p.Await(t.Context(), targetOf(s), nil), ErrClosed)
	require.NoError(t, p.Close())
}

func TestCloseEndsDialling(t *testing.T) {
	s := start(t)
	s.Stall()
	p := NewPool(config())
	ended := make(chan error, 1)
	go func() { ended <- p.Await(t.Context(), targetOf(s), nil) }()
	require.Eventually(t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.conns) == 1
	}, time.Second, time.Millisecond)
	require.NoError(t, p.Close())
	require.ErrorIs(t, <-ended, ErrClosed)
}

// TestIdleConnectionsEnd: a connection that nobody uses is given up, but not one on
// which a command runs; who comes later connects anew.
func TestIdleConnectionsEnd(t *testing.T) {
	s := start(t)
	cfg := config()
	cfg.Keepalive = 50 * time.Millisecond
	p := newPool(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	runner := p.Runner(targetOf(s))
	began := &signalWriter{seen: make(chan struct{})}
	go func() {
		_, err := runner.Run(ctx, remote.Command{Script: "echo begun; sleep 60", Stdout: began})
		ended <- err
	}()
	<-began.seen
	open := func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.conns)
	}
	// Many times as long as an idle one lasts.
	for range 10 {
		time.Sleep(cfg.Keepalive)
		require.Equal(t, 1, open())
	}
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Eventually(t, func() bool { return open() == 0 }, 10*time.Second, 10*time.Millisecond)
	_, err := runner.Run(t.Context(), remote.Command{Script: "true"})
	require.NoError(t, err)
	require.Equal(t, 2, s.Connections())
}

// TestCrowdedConnectionsEnd: where there are many, one ends as soon as there is nothing to do on it.
func TestCrowdedConnectionsEnd(t *testing.T) {
	cfg := config()
	cfg.Crowd = 2
	p := newPool(t, cfg)
	var targets []Target
	for i := range 3 {
		target := targetOf(start(t))
		target.Node = fmt.Sprintf("%s-%d", target.Node, i)
		targets = append(targets, target)
	}
	open := func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.conns)
	}
	for i, target := range targets {
		require.Equal(t, i, open(), "two are no crowd")
		_, err := p.Runner(target).Run(t.Context(), remote.Command{Script: "true"})
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return open() == 2 }, 10*time.Second, time.Millisecond, "the third is one too many")
	for _, target := range targets {
		_, err := p.Runner(target).Run(t.Context(), remote.Command{Script: "true"})
		require.NoError(t, err, "whoever comes later connects anew")
	}
}
