package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// stdinGrace is how long the reader of standard input is waited for after the
// command has ended. A reader that blocks for ever is not waited for.
const stdinGrace = 100 * time.Millisecond

var (
	errRefused = errors.New("sshd does not run the command")
	errNoExit  = errors.New("the session ended without an exit code")
)

// session is one command on a connection.
type session struct {
	conn   *conn
	stdin  io.Reader
	stdout *sink
	stderr *sink
	abort  context.CancelCauseFunc
	mu     sync.Mutex
	// channel is nil until it is open.
	channel  ssh.Channel
	canceled bool
	fed      chan struct{}
	// gate is nil where the user is root already.
	gate   *gate
	target Target
	// ended is closed when sshd has told the end.
	ended chan struct{}
}

func newSession(c *conn, o order, abort context.CancelCauseFunc) *session {
	place := c.target.place()
	s := &session{
		conn: c, stdin: o.Stdin, abort: abort, fed: make(chan struct{}), ended: make(chan struct{}), target: o.target,
		stdout: &sink{to: o.Stdout, full: &OutputError{Place: place, Stream: "standard output", Limit: maxOutput}, abort: abort},
		stderr: &sink{full: &OutputError{Place: place, Stream: "standard error", Limit: maxOutput}, abort: abort},
	}
	if o.target.Sudo.On {
		s.gate = newGate(o.marks, s.stderr)
	}
	return s
}

// run returns the command's exit code, once its session is closed.
func (s *session) run(line string) (int, error) {
	channel, requests, err := s.conn.client.OpenChannel("session", nil)
	if err != nil {
		close(s.fed)
		var rejected *ssh.OpenChannelError
		if errors.As(err, &rejected) {
			s.conn.retire()
			err = errRetired
		} else {
			s.conn.end(err)
		}
		return 0, &staleError{err}
	}
	defer channel.Close()
	if !s.attach(channel) {
		close(s.fed)
		return 0, context.Canceled
	}
	ok, err := channel.SendRequest("exec", true, ssh.Marshal(struct{ Line string }{line}))
	if err != nil {
		close(s.fed)
		// It may have been begun; only the answer is missing.
		return 0, s.lost(err)
	}
	if !ok {
		close(s.fed)
		return 0, &DialError{Place: s.conn.target.place(), Err: errRefused}
	}
	go s.feed(channel)
	var copying sync.WaitGroup
	copying.Go(func() { forward(s.stdout, channel) })
	stderr := io.Writer(s.stderr)
	if s.gate != nil {
		stderr = s.gate
	}
	copying.Go(func() { forward(stderr, channel.Stderr()) })
	exit, known := exitOf(requests)
	copying.Wait()
	close(s.ended)
	if cause := s.conn.wire.failed(); cause != nil {
		// Even a known exit code is not enough: output may be missing.
		return 0, s.lost(cause)
	}
	if s.gate != nil {
		if err := s.gate.refusal(s.target); err != nil {
			return 0, err
		}
	}
	if !known {
		return 0, s.lost(errNoExit)
	}
	return exit, nil
}

func (s *session) lost(err error) error {
	if cause := s.conn.wire.failed(); cause != nil {
		err = cause
	}
	return &LostError{Place: s.conn.target.place(), Err: err}
}

// attach tells whether the channel is still wanted.
func (s *session) attach(channel ssh.Channel) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channel = channel
	return !s.canceled
}

// cancel asks sshd to end the command and closes the session. sshd signals only
// commands of other users than root; root's find their output closed.
func (s *session) cancel() {
	s.mu.Lock()
	s.canceled = true
	channel := s.channel
	s.mu.Unlock()
	if channel == nil {
		return
	}
	_, _ = channel.SendRequest("signal", false, ssh.Marshal(struct{ Signal string }{string(ssh.SIGTERM)}))
	_ = channel.Close()
}

// feed copies standard input. If it cannot be read, the command is given up: with
// the end of its input it would take a part for the whole.
func (s *session) feed(channel ssh.Channel) {
	defer close(s.fed)
	if s.gate != nil && !s.target.Sudo.Password.empty() && !s.gate.wait(channel, s.target.Sudo.Password, s.ended) {
		// sudo reads the end of its input as giving up.
		_ = channel.CloseWrite()
		if s.gate.silent() {
			s.abort(s.gate.refusal(s.target))
		}
		return
	}
	if s.stdin != nil {
		in := &source{from: s.stdin}
		// A command need not read its input, so that errors of writing mean nothing.
		forward(channel, in)
		if in.err != nil {
			s.abort(fmt.Errorf("read the standard input for a command on %s: %w", s.conn.target.place(), in.err))
			return
		}
	}
	_ = channel.CloseWrite()
}

// seal returns what was collected; nothing is written to the caller's writer
// afterwards.
func (s *session) seal() (stdout, stderr []byte) {
	grace := time.NewTimer(stdinGrace)
	defer grace.Stop()
	select {
	case <-s.fed:
	case <-grace.C:
	}
	return s.stdout.seal(), s.stderr.seal()
}

// forward copies to the end. Its buffer is a fraction of io.Copy's: most of the time it is
// waited for a line of output, and the connection keeps as much again for what it encrypts, for
// each of thousands of nodes.
func forward(to io.Writer, from io.Reader) {
	const size = 4 << 10
	// Neither side may take over with a larger one.
	_, _ = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, size))
}
