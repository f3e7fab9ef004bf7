package ssh

import (
	"context"
	"errors"
	"sync"
)

// maxSessions bounds the sessions on one connection. sshd allows 10 unless it is
// told otherwise, and reads the opening of the next session before it forgets the
// one whose end came in the same packet: each of ours may count twice.
const maxSessions = 5

// errRetired is why a connection ended that was retired.
var errRetired = errors.New("no more sessions begin on this connection")

// sessions counts the sessions of a connection. sshd counts one until its command
// has ended, even if it was closed here long before: it goes on as abandoned. A
// connection on which abandoned sessions leave no room is retired: no session
// begins on it any more, and it ends with the last one that somebody waits for.
type sessions struct {
	// room holds one entry for each session, abandoned or not.
	room chan struct{}
	// noMore is closed when the connection is retired.
	noMore chan struct{}

	mu        sync.Mutex
	live      int
	abandoned int
	retired   bool
	// begun counts the sessions there ever were, and seen is how many there were when
	// it was last looked whether any are.
	begun, seen int
}

func newSessions() sessions {
	return sessions{room: make(chan struct{}, maxSessions), noMore: make(chan struct{})}
}

// slot is the right to one session.
type slot struct {
	conn *conn
	// Both are guarded by the connection's lock.
	abandoned bool
	released  bool
}

// acquire waits for room for one more session. Its error is ctx's own, or
// *staleError if no session will begin on the connection any more.
func (c *conn) acquire(ctx context.Context) (*slot, error) {
	select {
	case c.room <- struct{}{}:
		return c.admit()
	default:
		c.makeRoom()
	}
	select {
	case c.room <- struct{}{}:
		return c.admit()
	case <-c.noMore:
		return nil, &staleError{errRetired}
	case <-c.ctx.Done():
		return nil, &staleError{c.wire.failed()}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *conn) admit() (*slot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.retired {
		<-c.room
		return nil, &staleError{errRetired}
	}
	c.live++
	c.begun++
	return &slot{conn: c}, nil
}

// makeRoom retires a full connection if it is for abandoned sessions that it is full.
func (c *conn) makeRoom() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.abandoned > 0 && len(c.room) == cap(c.room) {
		c.retireLocked()
	}
}

// retire lets no more sessions begin. It is called when sshd refuses to open one.
func (c *conn) retire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retireLocked()
}

func (c *conn) retireLocked() {
	if !c.retired {
		c.retired = true
		close(c.noMore)
	}
	c.endIfUnusedLocked()
}

// endIfUnusedLocked ends a retired connection on which nobody waits for anything.
func (c *conn) endIfUnusedLocked() {
	if c.retired && c.live == 0 {
		c.end(errRetired)
	}
}

// retireIfIdle retires a connection on which there has been no session since this was
// last asked. Who comes later connects anew: a connection costs memory on both
// sides, and of thousands of nodes few are busy at a time.
func (c *conn) retireIfIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live == 0 && c.begun == c.seen {
		c.retireLocked()
	}
	c.seen = c.begun
}

// retireIfUnused is retireIfIdle without any patience.
func (c *conn) retireIfUnused() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live == 0 {
		c.retireLocked()
	}
}

func (c *conn) isRetired() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.retired
}

// abandon says that nobody waits for the session any more.
func (s *slot) abandon() {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.abandoned || s.released {
		return
	}
	s.abandoned = true
	c.live--
	c.abandoned++
	// Whoever waits for room while nothing was abandoned yet would wait on.
	if len(c.room) == cap(c.room) {
		c.retireLocked()
	}
	c.endIfUnusedLocked()
}

// release says that the session is closed on both sides.
func (s *slot) release() {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	s.released = true
	if s.abandoned {
		c.abandoned--
	} else {
		c.live--
	}
	<-c.room
	c.endIfUnusedLocked()
}

// staleError says that the connection turned out to be of no use before anything
// was begun on it.
type staleError struct{ cause error }

func (e *staleError) Error() string { return "stale connection: " + e.cause.Error() }
func (e *staleError) Unwrap() error { return e.cause }
