package ssh

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"time"
)

// gate stands before a command's standard error, and its standard input, until
// sudo has begun the command.
type gate struct {
	marks marks
	// to takes what the command itself prints.
	to io.Writer

	mu      sync.Mutex
	pending []byte
	said    []byte
	open    bool
	// asked has an entry for each prompt; begun is closed when the command begins.
	asked chan struct{}
	begun chan struct{}
	// problem is why the command was not begun, if this side knows.
	problem error
}

func newGate(m marks, to io.Writer) *gate {
	// sudo asks three times unless it is told otherwise.
	return &gate{marks: m, to: to, asked: make(chan struct{}, 16), begun: make(chan struct{})}
}

// Write takes standard error as it comes, in pieces of any size.
func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	if g.open {
		g.mu.Unlock()
		return g.to.Write(p)
	}
	g.pending = append(g.pending, p...)
	rest, begun := g.scan()
	g.mu.Unlock()
	if begun {
		close(g.begun)
		if len(rest) > 0 {
			if _, err := g.to.Write(rest); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

// scan looks for marks in what is pending, and keeps the last bytes, which may be
// the beginning of one.
func (g *gate) scan() (rest []byte, begun bool) {
	for {
		asks, begins := bytes.Index(g.pending, []byte(g.marks.prompt)), bytes.Index(g.pending, []byte(g.marks.begun))
		switch {
		case asks >= 0 && (begins < 0 || asks < begins):
			g.say(g.pending[:asks])
			g.pending = g.pending[asks+len(g.marks.prompt):]
			select {
			case g.asked <- struct{}{}:
			default:
			}
		case begins >= 0:
			g.say(g.pending[:begins])
			rest = g.pending[begins+len(g.marks.begun):]
			g.pending, g.open = nil, true
			return rest, true
		default:
			if n := len(g.pending) - max(len(g.marks.prompt), len(g.marks.begun)); n > 0 {
				g.say(g.pending[:n])
				g.pending = g.pending[n:]
			}
			return nil, false
		}
	}
}

func (g *gate) say(p []byte) {
	g.said = append(g.said, p[:min(len(p), maxSaid-len(g.said))]...)
}

// wait lets the command's input pass once the command has begun, and answers sudo
// until then. It returns false if nothing shall be sent.
func (g *gate) wait(to io.Writer, password Secret, ended <-chan struct{}) bool {
	timer := time.NewTimer(sudoPatience)
	defer timer.Stop()
	answered := false
	for {
		select {
		case <-g.begun:
			return true
		case <-ended:
			return false
		case <-timer.C:
			g.fail(errSilent)
			return false
		case <-g.asked:
		}
		if answered {
			// The same answer again would be one more failed attempt, and locks users out.
			g.fail(errWrongPassword)
			return false
		}
		answered = true
		line := append(bytes.Clone(password.bytes()), '\n')
		_, err := to.Write(line)
		clear(line)
		if err != nil {
			return false
		}
	}
}

func (g *gate) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.problem == nil {
		g.problem = err
	}
}

// silent says that sudo waits for nobody knows what.
func (g *gate) silent() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.open && errors.Is(g.problem, errSilent)
}

// refusal is nil once the command has begun.
func (g *gate) refusal(t Target) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open {
		return nil
	}
	e := &SudoError{Place: t.place(), User: t.User}
	for _, line := range strings.Split(string(g.said)+string(g.pending), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			e.Said = append(e.Said, line)
		}
	}
	problem := g.problem
	if problem == nil {
		problem = errNotBegun
	}
	e.Problem = problem.Error()
	return e
}
