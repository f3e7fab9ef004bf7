// Package ssh reaches nodes over SSH: one connection for each node, on which all
// commands run, with a host key that is known beforehand.
package ssh

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"aiolos/internal/remote"
)

// What is used where Config says nothing.
const (
	defaultDialTimeout  = 5 * time.Second
	defaultKeepalive    = 15 * time.Second
	defaultAuthPatience = time.Minute
	defaultCrowd        = 1200
)

// Config is what all connections have in common.
type Config struct {
	// ClientKeys are the worker's own keys, the one in use first. There are two while
	// one takes another's place.
	ClientKeys []ed25519.PrivateKey
	// HostKeys are the host keys of which a node must have one.
	HostKeys func(deployment, node string) []ed25519.PublicKey
	// DialTimeout bounds one attempt to connect and log in (5 s).
	DialTimeout time.Duration
	// Keepalive is the pause between two signs of life, and how long an answer
	// may take before the connection counts as lost (15 s).
	Keepalive time.Duration
	// AuthPatience is how long Await lets a node refuse the worker's key, which
	// cloud-init may not have installed yet (1 min).
	AuthPatience time.Duration
	// Algorithms bounds what may be negotiated with targets that say nothing of it
	// themselves; nil means what the SSH library takes by default.
	Algorithms *Algorithms
	// Crowd is from how many connections on one ends as soon as there is nothing to do on it (1200,
	// somewhat more than a worker has activities at once), rather than after a while.
	Crowd int
	// Observer is told of connections; it may be nil.
	Observer Observer
}

// Pool holds one connection for each node. It is safe for concurrent use.
type Pool struct {
	cfg Config
	// own are the signers of the worker's own keys.
	own    []ssh.Signer
	ctx    context.Context
	cancel context.CancelCauseFunc
	mu     sync.Mutex
	closed bool
	conns  map[nodeKey]*conn
	// bastions are the connections over which others are made. They stay for as long
	// as they live, since a host that boots behind one is knocked at again and again.
	bastions []*conn
	// wg counts all goroutines but those that read a command's standard input.
	wg sync.WaitGroup
}

type nodeKey struct{ deployment, node string }

// NewPool returns a pool without any connections. It panics unless all ClientKeys
// are ed25519 keys, one at least.
func NewPool(cfg Config) *Pool {
	if len(cfg.ClientKeys) == 0 {
		panic("ssh: the worker has no key")
	}
	var signers []ssh.Signer
	for _, key := range cfg.ClientKeys {
		signer, err := ssh.NewSignerFromKey(key)
		if err != nil {
			panic(fmt.Sprintf("ssh: the worker's key: %v", err))
		}
		signers = append(signers, signer)
	}
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{{&cfg.DialTimeout, defaultDialTimeout}, {&cfg.Keepalive, defaultKeepalive}, {&cfg.AuthPatience, defaultAuthPatience}} {
		if *d.value <= 0 {
			*d.value = d.standard
		}
	}
	if cfg.Crowd <= 0 {
		cfg.Crowd = defaultCrowd
	}
	p := &Pool{cfg: cfg, own: signers, conns: map[nodeKey]*conn{}}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	return p
}

// Runner runs commands on the target. It connects when a first command is run,
// and again when the connection has been lost.
func (p *Pool) Runner(t Target) remote.Runner { return &runner{pool: p, target: t.filled()} }

// Close ends all connections, and with them the commands that wait for an
// answer, and returns once nothing is left of them.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	conns := p.conns
	p.conns = map[nodeKey]*conn{}
	p.mu.Unlock()
	for _, c := range conns {
		c.end(ErrClosed)
	}
	// Connections that were retired are in no map; bastions go last.
	p.cancel(ErrClosed)
	p.wg.Wait()
	return nil
}

// connect returns the one connection to the target, which all who ask at once
// wait for together.
func (p *Pool) connect(ctx context.Context, t Target) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := p.conn(t) //nolint:contextcheck // the connection outlives whoever asks for it first
	if err != nil {
		return nil, err
	}
	return c.established(ctx)
}

// established waits until the connection is dialled.
func (c *conn) established(ctx context.Context) (*conn, error) {
	select {
	case <-c.ready:
		return c, c.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *Pool) conn(t Target) (*conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	key := nodeKey{t.Deployment, t.Node}
	if c := p.conns[key]; c != nil {
		switch {
		case c.isRetired():
			// Its last sessions go on; it ends with them.
		case c.target.same(t) && c.wire.failed() == nil:
			return c, nil
		default:
			c.end(fmt.Errorf("replaced by a new connection to %s", t.hostPort()))
		}
	}
	c := newConn(p.ctx, t)
	p.conns[key] = c
	p.wg.Go(func() { p.live(c) })
	return c, nil
}

// live is the life of one connection.
func (p *Pool) live(c *conn) {
	defer c.cancel(nil)
	c.err = p.observedDial(c)
	if c.err != nil {
		// Who asks from now on starts anew.
		p.drop(c)
		close(c.ready)
		return
	}
	defer p.drop(c)
	defer p.observeOpen()()
	stop := context.AfterFunc(c.ctx, c.hangUp)
	defer stop()
	close(c.ready)
	p.wg.Go(func() { c.keepAlive(p.cfg.Keepalive) })
	// Its error is known to the wire already.
	_ = c.client.Wait()
	c.end(errGone)
}

// drop forgets the connection, unless another has taken its place.
func (p *Pool) drop(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bastions = slices.DeleteFunc(p.bastions, func(b *conn) bool { return b == c })
	key := nodeKey{c.target.Deployment, c.target.Node}
	if p.conns[key] == c {
		delete(p.conns, key)
	}
}

// spawn runs f beside the caller, unless the pool is closed.
func (p *Pool) spawn(f func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.wg.Go(f)
	return true
}

// thin retires a connection on which there is nothing to do, where there are a great many.
func (p *Pool) thin(c *conn) {
	p.mu.Lock()
	many := len(p.conns) > p.cfg.Crowd
	p.mu.Unlock()
	if many && !c.bastion {
		c.retireIfUnused()
	}
}
