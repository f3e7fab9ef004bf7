package ssh

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"aiolos/internal/remote"
)

// maxLine is how long a command line may be, in bytes: Linux takes no longer
// argument, and sshd passes the line to the shell as one.
const maxLine = 128<<10 - 1

// tries bounds how many connections one command may find of no use before it is
// begun: one that died unnoticed, and one on which sshd opens no more sessions.
const tries = 3

// runner runs commands on one target.
type runner struct {
	pool   *Pool
	target Target
}

// Run runs a command. Beside ctx's own error, there are *DialError, *HostKeyError,
// *AuthError, *SudoError, *CommandError and others of dial, which mean that nothing
// was begun, and *LostError and *OutputError, which mean that its end is unknown. A command that was
// killed by signal n has the exit code 128+n, as in a shell.
//
// When ctx ends, the session is closed and Run returns at once; whether the
// command goes on is up to the command. Stdin may be read on for a moment.
func (r *runner) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	line, m := cmd.Line(), marks{}
	if r.target.Sudo.On {
		m = newMarks(rand.Text())
		line = sudoLine(cmd, r.target.Sudo, m)
	}
	if strings.ContainsRune(line, 0) {
		return remote.Result{}, &CommandError{Place: r.target.place(), Problem: "an argument contains a NUL byte, which none can"}
	}
	if len(line) > maxLine {
		problem := fmt.Sprintf("its command line has %d bytes, allowed are %d; larger data belongs to its standard input", len(line), maxLine)
		return remote.Result{}, &CommandError{Place: r.target.place(), Problem: problem}
	}
	for try := 1; ; try++ {
		c, err := r.pool.connect(ctx, r.target)
		if err != nil {
			return remote.Result{}, err
		}
		result, err := r.pool.exchange(ctx, c, order{Command: cmd, line: line, target: r.target, marks: m})
		var stale *staleError
		if !errors.As(err, &stale) {
			return result, err
		}
		// Nothing was begun, so that a new connection may be taken instead.
		if try == tries {
			return remote.Result{}, &DialError{Place: r.target.place(), Err: stale.cause}
		}
	}
}

// order is a command on its way.
type order struct {
	remote.Command
	line string
	// target says how to become root, which the connection does not know.
	target Target
	marks  marks
}

// exchange runs the command on the connection.
func (p *Pool) exchange(ctx context.Context, c *conn, o order) (remote.Result, error) {
	slot, err := c.acquire(ctx)
	if err != nil {
		if errors.Is(err, ErrClosed) {
			return remote.Result{}, ErrClosed
		}
		return remote.Result{}, err
	}
	inner, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	s := newSession(c, o, abort)
	var exit int
	ended := make(chan struct{})
	if !p.spawn(func() {
		// sshd counts the session until it is closed on both sides, and so must we,
		// even if nobody waits for it any more.
		defer func() {
			slot.release()
			p.thin(c)
		}()
		exit, err = s.run(o.line)
		close(ended)
	}) {
		slot.release()
		return remote.Result{}, ErrClosed
	}
	select {
	case <-ended:
	case <-inner.Done():
		slot.abandon()
		p.spawn(s.cancel)
	}
	stdout, stderr := s.seal()
	switch {
	case ctx.Err() != nil:
		return remote.Result{}, ctx.Err()
	case inner.Err() != nil:
		return remote.Result{}, context.Cause(inner)
	case err != nil:
		return remote.Result{}, err
	}
	return remote.Result{Exit: exit, Stdout: stdout, Stderr: stderr}, nil
}
