package gluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"aiolos/internal/remote"
)

const (
	program = `exec gluster --mode=script --xml "$@"`
	// maxAnswer bounds what is kept of an answer, in bytes; a pool or volume
	// has about 500 for each peer or brick.
	maxAnswer = 16 << 20
	// errnoBusy is the one code (EG_ANOTRANS) that says: try again later.
	errnoBusy = 30802
	// errnoInternal (EG_INTRNL) is that of all that has no code of its own.
	errnoInternal = 30800
	// errnoNoVolume is EG_NOVOL.
	errnoNoVolume = 30806
)

// cli runs gluster on one node.
type cli struct {
	node   string
	runner remote.Runner
}

// look runs a command that changes nothing and whose words gluster is sure to
// understand. So an answer without XML means that glusterd gave none.
func (c cli) look(ctx context.Context, op string, args ...string) (reply, error) {
	r, err := c.do(ctx, op, args...)
	var failed *CommandError
	if errors.As(err, &failed) && failed.Hint == hintProse {
		failed.Hint, failed.temporary = "it seems that glusterd does not run", true
	}
	return r, err
}

// hintProse stands where gluster's command line answered without asking glusterd.
const hintProse = "gluster's command line refused it, or glusterd does not run"

// do runs a command. What it did not do is told by *CommandError; any other
// error is the runner's, and the command may have had its effect.
func (c cli) do(ctx context.Context, op string, args ...string) (reply, error) {
	out := &limited{left: maxAnswer}
	res, err := c.runner.Run(ctx, remote.Command{Script: program, Args: args, Stdout: out})
	if err != nil {
		if c.node != "" {
			return reply{}, fmt.Errorf("%s: gluster %s: %w", c.node, op, err)
		}
		return reply{}, fmt.Errorf("gluster %s: %w", op, err)
	}
	failed := &CommandError{Node: c.node, Op: op}
	answer := bytes.TrimSpace(out.kept.Bytes())
	switch {
	case out.cut:
		failed.Message = fmt.Sprintf("the answer is longer than %d bytes", maxAnswer)
		return reply{}, failed
	case !bytes.HasPrefix(answer, []byte("<")):
		failed.Message = lastLines(string(answer)+"\n"+string(res.Stderr), 5)
		if res.Exit == 127 {
			failed.Hint = "gluster's command line is not installed"
		} else {
			failed.Hint = hintProse
		}
		if failed.Message == "" {
			failed.Message = fmt.Sprintf("no answer, exit code %d", res.Exit)
		}
		return reply{}, failed
	}
	r, err := parse(answer)
	if err != nil {
		failed.Message = err.Error()
		return reply{}, failed
	}
	// The exit code says nothing more: some commands fail with 0, some with 1.
	if r.Ret != 0 {
		failed.Errno, failed.Message, failed.temporary = r.Errno, strings.TrimSpace(r.Errstr), r.busy()
		if failed.Message == "" {
			failed.Message = strings.TrimSpace(r.Output)
		}
		if failed.Message == "" {
			failed.Message = "failed without a word"
		}
		return r, failed
	}
	return r, nil
}

// pool returns the pool as the node sees it, itself included.
func (c cli) pool(ctx context.Context) ([]peer, error) {
	r, err := c.look(ctx, "pool list", "pool", "list")
	return r.Peers, err
}

// volume returns the volume, or nil if there is none of the name.
func (c cli) volume(ctx context.Context, name string) (*volumeInfo, error) {
	r, err := c.look(ctx, "volume info "+name, "volume", "info", name)
	var failed *CommandError
	if errors.As(err, &failed) && failed.Errno == errnoNoVolume {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, v := range r.Volumes {
		if v.Name == name {
			return &v, nil
		}
	}
	return nil, nil
}

// lastLines joins the last few lines that are not blank.
func lastLines(s string, n int) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-n):], " / ")
}

// limited keeps no more than left bytes. The buffer is not embedded, as its
// other methods to write would pass the limit by.
type limited struct {
	kept bytes.Buffer
	left int
	cut  bool
}

func (l *limited) Write(p []byte) (int, error) {
	n := len(p)
	if n > l.left {
		p, l.cut = p[:l.left], true
	}
	l.left -= len(p)
	l.kept.Write(p)
	return n, nil
}
