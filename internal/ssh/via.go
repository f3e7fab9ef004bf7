package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"golang.org/x/crypto/ssh"
)

// under returns what an SSH connection to the target is made on: TCP, or a channel
// through the last bastion on the way.
func (p *Pool) under(ctx context.Context, c *conn) (net.Conn, error) {
	if len(c.target.Via) == 0 {
		tcp, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.target.hostPort())
		if err != nil {
			return nil, c.unreachable(err)
		}
		return tcp, nil
	}
	b, err := p.bastion(ctx, c.target.bastion())
	var away *DialError
	switch {
	case err == nil:
	case errors.As(err, &away):
		return nil, c.unreachable(&viaError{bastion: away.Place, err: away.Err})
	case ctx.Err() != nil:
		return nil, c.unreachable(&viaError{bastion: c.target.bastion().place(), err: ctx.Err()})
	default:
		// Who answers there is wrong, or lets nobody in: an error of its own.
		return nil, err
	}
	return p.tunnel(ctx, b, c)
}

// bastion returns the one connection to a bastion. In distinction to nodes, one
// whose target differs in anything is another bastion.
func (p *Pool) bastion(ctx context.Context, t Target) (*conn, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	var c *conn
	for _, b := range p.bastions {
		if b.target.same(t) && b.wire.failed() == nil {
			c = b
		}
	}
	if c == nil {
		c = newConn(p.ctx, t) //nolint:contextcheck // the connection outlives whoever asks for it first
		c.bastion = true
		p.bastions = append(p.bastions, c)
		p.wg.Go(func() { p.live(c) }) //nolint:contextcheck // likewise
	}
	p.mu.Unlock()
	return c.established(ctx)
}

// tunnel opens a channel through the bastion (RFC 4254, 7.2). sshd does not count
// those among a connection's sessions.
func (p *Pool) tunnel(ctx context.Context, b, c *conn) (net.Conn, error) {
	type opened struct {
		conn net.Conn
		err  error
	}
	answer := make(chan opened, 1)
	if !p.spawn(func() {
		channel, err := b.client.Dial("tcp", c.target.hostPort())
		answer <- opened{channel, err}
	}) {
		return nil, ErrClosed
	}
	select {
	case o := <-answer:
		if o.err == nil {
			return p.pumped(b, o.conn), nil
		}
		var rejected *ssh.OpenChannelError
		if errors.As(o.err, &rejected) {
			if rejected.Reason == ssh.Prohibited {
				return nil, &ForwardError{Place: c.target.place(), Bastion: b.target.place(), Said: rejected.Message, Err: o.err}
			}
			return nil, c.unreachable(&viaError{bastion: b.target.place(), err: errors.New(rejected.Message)})
		}
		return nil, c.unreachable(b.lostOnTheWay(o.err))
	case <-ctx.Done():
		p.spawn(func() {
			// The bastion may be the one that is gone; if so, its connection ends.
			_ = b.ping(p.cfg.DialTimeout)
			if o := <-answer; o.conn != nil {
				_ = o.conn.Close()
			}
		})
		return nil, c.unreachable(&viaError{bastion: b.target.place(), err: ctx.Err()})
	}
}

// lostOnTheWay tells what happened to the bastion, if it is that.
func (c *conn) lostOnTheWay(err error) error {
	if cause := c.wire.failed(); cause != nil {
		err = cause
	}
	return &viaError{bastion: c.target.place(), err: err}
}

// tunnel is a channel through a bastion. In distinction to the channel itself, it
// can be closed without the bastion's answer.
type tunnel struct {
	net.Conn
	pool *Pool
	in   *io.PipeReader
	once sync.Once
}

func (p *Pool) pumped(b *conn, channel net.Conn) net.Conn {
	in, out := io.Pipe()
	t := &tunnel{Conn: channel, pool: p, in: in}
	if !p.spawn(func() {
		_, err := io.Copy(out, channel)
		if b.wire.failed() != nil {
			err = b.lostOnTheWay(err)
		}
		// No error is the end that the machine itself has made.
		_ = out.CloseWithError(err)
	}) {
		_ = in.CloseWithError(ErrClosed)
	}
	return t
}

func (t *tunnel) Read(p []byte) (int, error) { return t.in.Read(p) }

func (t *tunnel) Close() error {
	t.once.Do(func() {
		_ = t.in.CloseWithError(net.ErrClosed)
		// To say goodbye over a bastion that is stalled might block.
		t.pool.spawn(func() { _ = t.Conn.Close() })
	})
	return nil
}

// viaError is what went wrong on the way, and where.
type viaError struct {
	bastion Place
	err     error
}

func (e *viaError) Error() string {
	return fmt.Sprintf("by way of the bastion %s: %s", e.bastion, reason(e.err))
}

func (e *viaError) Unwrap() error { return e.err }
