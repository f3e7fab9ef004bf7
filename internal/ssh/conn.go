package ssh

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// maxSessions bounds the sessions on one connection. sshd allows 10 unless it is
// told otherwise, and reads the opening of the next session before it forgets the
// one whose end came in the same packet: each of ours may count twice.
const maxSessions = 5

// errGone is why a connection ended that ended without any reason.
var errGone = errors.New("the connection ended")

// conn is the connection to one node, from the moment on when it is being dialled.
type conn struct {
	target Target
	ctx    context.Context
	cancel context.CancelCauseFunc
	// ready is closed once err and client are set.
	ready  chan struct{}
	err    error
	client *ssh.Client
	wire   *wire
	// sessions holds one token for each session in use.
	sessions chan struct{}
	retired  atomic.Bool
	hang     sync.Once
}

func newConn(ctx context.Context, t Target) *conn {
	c := &conn{target: t, ready: make(chan struct{}), wire: &wire{}, sessions: make(chan struct{}, maxSessions)}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	return c
}

// end closes the connection, or ends dialling. It does not wait.
func (c *conn) end(cause error) {
	c.wire.fail(cause)
	c.cancel(cause)
}

// hangUp closes the TCP connection without ceremony, since to say goodbye on one
// that is stalled might block.
func (c *conn) hangUp() {
	c.wire.fail(context.Cause(c.ctx))
	c.hang.Do(func() { _ = c.wire.Conn.Close() })
}

// keepAlive ends the connection once the peer has not answered for the given
// time. Without it, a machine that vanished would be noticed after hours.
func (c *conn) keepAlive(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-ticker.C:
		}
		if c.ping(every) != nil {
			return
		}
	}
}

// ping asks for a sign of life. The connection is ended if none comes in time.
func (c *conn) ping(patience time.Duration) error {
	late := time.AfterFunc(patience, func() { c.end(fmt.Errorf("no sign of life for %v", patience)) })
	defer late.Stop()
	// sshd does not know the request, and says so: that is the sign of life.
	_, _, err := c.client.SendRequest("keepalive@openssh.com", true, nil)
	return err
}

// acquire waits for a free session. Its error is ctx's own, or *staleError.
func (c *conn) acquire(ctx context.Context) error {
	select {
	case c.sessions <- struct{}{}:
	case <-c.ctx.Done():
		return &staleError{c.wire.failed()}
	case <-ctx.Done():
		return ctx.Err()
	}
	if c.retired.Load() {
		c.release()
		return &staleError{errRetired}
	}
	return nil
}

func (c *conn) release() {
	<-c.sessions
	c.endIfUnused()
}

var errRetired = errors.New("sshd opens no more sessions on this connection")

// retire lets the sessions on the connection come to their end, and no others
// begin. It is for a connection on which sshd opens no more sessions although it
// is alive: sshd counts a session until its command has ended, and a command
// whose session was closed here may go on for long.
func (c *conn) retire() {
	c.retired.Store(true)
	c.endIfUnused()
}

// endIfUnused cannot end a session that is about to begin: who has taken a token
// looks for retirement afterwards.
func (c *conn) endIfUnused() {
	if c.retired.Load() && len(c.sessions) == 0 {
		c.end(errRetired)
	}
}

// staleError says that the connection turned out to be of no use before anything
// was begun on it.
type staleError struct{ cause error }

func (e *staleError) Error() string { return "stale connection: " + e.cause.Error() }
func (e *staleError) Unwrap() error { return e.cause }
