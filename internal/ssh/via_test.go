package ssh

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/remote"
	"aiolos/internal/ssh/sshtest"
)

// bastionOf is a target for a server that forwards.
func bastionOf(s *sshtest.Server, name string) Target {
	s.AllowForwarding(true)
	return Target{Node: name, Address: s.Host, Port: s.Port, User: "jump"}
}

func TestOneConnectionForEachBastion(t *testing.T) {
	first, second := start(t), start(t)
	way := []Target{bastionOf(first, "gw-0"), bastionOf(second, "gw-1")}
	p := newPool(t, config())
	const nodes = 12
	var runs sync.WaitGroup
	errs := make(chan error, nodes)
	for i := range nodes {
		s := start(t)
		runs.Go(func() {
			target := targetOf(s)
			target.Node, target.Via = string(rune('a'+i)), way
			_, err := p.Runner(target).Run(t.Context(), remote.Command{Script: "true"})
			errs <- err
		})
	}
	runs.Wait()
	for range nodes {
		require.NoError(t, <-errs)
	}
	require.Equal(t, 1, first.Connections())
	require.Equal(t, 1, second.Connections())
	require.Equal(t, 1, first.Forwards())
	require.Equal(t, nodes, second.Forwards())
}

func TestBastionThatIsLost(t *testing.T) {
	gw, s := start(t), start(t)
	target := targetOf(s)
	target.Via = []Target{bastionOf(gw, "gw-0")}
	p := newPool(t, config())
	r := p.Runner(target)
	_, err := r.Run(t.Context(), remote.Command{Script: "true"})
	require.NoError(t, err)
	time.AfterFunc(100*time.Millisecond, gw.Drop)
	_, err = r.Run(t.Context(), remote.Command{Script: "sleep 5"})
	var lost *LostError
	require.ErrorAs(t, err, &lost)
	require.Contains(t, err.Error(), "by way of the bastion gw-0")
	_, err = r.Run(t.Context(), remote.Command{Script: "true"})
	require.NoError(t, err)
	require.Equal(t, 2, gw.Connections())
}

func TestBastionThatStalls(t *testing.T) {
	gw, s := start(t), start(t)
	cfg := config()
	cfg.DialTimeout, cfg.Keepalive = 200*time.Millisecond, 200*time.Millisecond
	target := targetOf(s)
	target.Via = []Target{bastionOf(gw, "gw-0")}
	p := newPool(t, cfg)
	require.NoError(t, p.Await(t.Context(), target, nil))
	gw.Stall()
	boot := time.AfterFunc(600*time.Millisecond, func() {
		gw.Stop()
		gw.Resume()
		gw.Listen(t)
	})
	defer boot.Stop()
	require.NoError(t, p.Await(t.Context(), target, nil))
	require.Equal(t, 2, gw.Connections())
}

// TestCloseWhileABastionStalls must not wait for what does not come.
func TestCloseWhileABastionStalls(t *testing.T) {
	gw, s := start(t), start(t)
	target := targetOf(s)
	target.Via = []Target{bastionOf(gw, "gw-0")}
	p := NewPool(config())
	require.NoError(t, p.Await(t.Context(), target, nil))
	gw.Stall()
	ended := make(chan error, 1)
	go func() {
		_, err := p.Runner(target).Run(t.Context(), remote.Command{Script: "true"})
		ended <- err
	}()
	time.Sleep(50 * time.Millisecond)
	began := time.Now()
	require.NoError(t, p.Close())
	require.Error(t, <-ended)
	require.Less(t, time.Since(began), time.Second)
	gw.Resume()
}

func TestAwaitBehindABastion(t *testing.T) {
	gw := start(t)
	s := sshtest.New(t, hostKey, publicOf(clientKey))
	target := targetOf(s)
	target.Via = []Target{bastionOf(gw, "gw-0")}
	p := newPool(t, config())
	boot := time.AfterFunc(300*time.Millisecond, func() { s.Listen(t) })
	defer boot.Stop()
	var h heard
	require.NoError(t, p.Await(t.Context(), target, h.hear))
	require.Equal(t, []string{"storage-0 (" + s.Addr() + ") cannot be reached: by way of the bastion gw-0 (" + gw.Addr() + "): Connection refused"}, h.messages)
	require.Equal(t, 1, gw.Connections())
}

func TestBastionsThatDoNotLetThrough(t *testing.T) {
	s := start(t)
	for name, c := range map[string]struct {
		bastion func(*testing.T) (*sshtest.Server, Target)
		kind    deploy.Kind
		says    string
	}{
		"another machine": {func(t *testing.T) (*sshtest.Server, Target) {
			gw := sshtest.Start(t, otherKey, publicOf(clientKey))
			return gw, bastionOf(gw, "gw-0")
		}, deploy.KindHostKey, "gw-0"},
		"no forwarding": {func(t *testing.T) (*sshtest.Server, Target) {
			gw := start(t)
			b := bastionOf(gw, "gw-0")
			gw.AllowForwarding(false)
			return gw, b
		}, deploy.KindAuth, "AllowTcpForwarding"},
		"nobody gets in": {func(t *testing.T) (*sshtest.Server, Target) {
			gw := start(t)
			gw.RefuseAuth(true)
			return gw, bastionOf(gw, "gw-0")
		}, deploy.KindAuth, "gw-0"},
		"it is away": {func(t *testing.T) (*sshtest.Server, Target) {
			gw := sshtest.New(t, hostKey, publicOf(clientKey))
			return gw, bastionOf(gw, "gw-0")
		}, deploy.KindUnreachable, "by way of the bastion gw-0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, b := c.bastion(t)
			target := targetOf(s)
			target.Via = []Target{b}
			_, err := newPool(t, config()).Runner(target).Run(t.Context(), remote.Command{Script: "true"})
			require.Error(t, err)
			require.Equal(t, c.kind, err.(interface{ Kind() deploy.Kind }).Kind())
			require.Contains(t, err.Error(), c.says)
		})
	}
	require.Zero(t, s.Connections())
}

// TestNodeBehindABastionIsNotTrustedMore checks the key of the machine at the end.
func TestNodeBehindABastionIsNotTrustedMore(t *testing.T) {
	gw := start(t)
	s := sshtest.Start(t, otherKey, publicOf(clientKey))
	target := targetOf(s)
	target.Via = []Target{bastionOf(gw, "gw-0")}
	var wrong *HostKeyError
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	require.ErrorAs(t, newPool(t, config()).Await(ctx, target, nil), &wrong)
	require.Equal(t, "storage-0", wrong.Node)
}
