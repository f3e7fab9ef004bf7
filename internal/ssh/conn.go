package ssh

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

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
	hang   sync.Once
	// bastion says that other connections are made on it.
	bastion bool
	sessions
}

func newConn(ctx context.Context, t Target) *conn {
	c := &conn{target: t, ready: make(chan struct{}), wire: &wire{}, sessions: newSessions()}
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
	c.hang.Do(func() { _ = c.wire.Close() })
}

// keepAlive ends the connection once the peer has not answered for the given
// time. Without it, a machine that vanished would be noticed after hours. It also retires
// one on which there was no session from one sign of life to the next.
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
		if !c.bastion {
			c.retireIfIdle()
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
