package job

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"aiolos/internal/remote"
)

var (
	//go:embed lib.sh
	lib string
	//go:embed run.sh
	runScript string
)

// probeFrom is the size of a job, in bytes, from which it is worth a
// round trip to ask whether the job is there already. What is smaller fits into
// the window of an SSH channel, so that a node which does not read it makes
// nobody wait.
const probeFrom = 1 << 20

// Run starts the job, unless one of its ID was started ever before, and follows
// it to its end. It takes one round trip, two where the archive is large.
//
// Progress is called once it is known whether the job was there already, and then
// whenever output came, from another goroutine. It must not block, and may be nil. When ctx ends, Run returns ctx.Err(), and the job goes
// on: to end it is the business of Stop.
//
// An error of the runner is passed on, wrapped. As the job may have been
// started, calling Run again with the same ID is right then, and for all errors
// but these: *SpecError, the spec is wrong; *LostError, the job is gone;
// *DiskFullError, there was no room to start it; *OutputError, which comes with the Result.
func (d Dir) Run(ctx context.Context, r remote.Runner, spec Spec, progress func(Progress)) (Result, error) {
	if err := spec.check(); err != nil {
		return Result{}, err
	}
	nonce := rand.Text()
	send := len(spec.Archive)+len(spec.Script) < probeFrom
	for {
		found, s, err := d.follow(ctx, r, spec, nonce, send, progress)
		if err != nil {
			return Result{}, err
		}
		switch s.state {
		case stateAbsent:
			send = true
		case stateUnstarted:
			// Nobody starts it any more, so this call may.
		case stateLost:
			return Result{}, &LostError{ID: spec.ID, Tail: s.tail()}
		case stateRebooted:
			return Result{}, &LostError{ID: spec.ID, Rebooted: true, Booted: time.Unix(int64(s.code), 0).UTC(), Tail: s.tail()}
		case stateFull:
			return Result{}, s.full(spec.ID, "start")
		default:
			result := Result{
				ID: spec.ID, Exit: s.code, Head: s.first, Tail: s.tail(), Size: s.size,
				Found: found, Seconds: s.end - s.begin,
			}
			if s.place != "-" {
				result.Full = s.full(spec.ID, "run")
			}
			result.Outputs, err = parseOutputs(s.outputs)
			var bad *OutputError
			if errors.As(err, &bad) {
				// It quotes a line that was meant to be an output, but may be anything.
				bad.Name = Mask(spec.Secrets, bad.Name)
			}
			return result, err
		}
	}
}

// follow runs run.sh once.
func (d Dir) follow(ctx context.Context, r remote.Runner, spec Spec, nonce string, send bool, progress func(Progress)) (bool, summary, error) {
	a := &answer{nonce: nonce, progress: progress}
	sent, stdin := "no", io.Reader(nil)
	if send {
		packed, err := spec.pack(".new." + nonce + "." + spec.ID)
		if err != nil {
			return false, summary{}, err
		}
		sent, stdin = "yes", &forgetful{bytes.NewReader(packed)}
	}
	done, err := r.Run(ctx, remote.Command{
		Script: lib + runScript,
		Args: []string{
			string(d), spec.ID, spec.Tag, nonce, sent,
			// One byte more than allowed tells that there is too much.
			strconv.Itoa(HeadBytes), strconv.Itoa(TailBytes), strconv.Itoa(maxOutputs + 1),
		},
		Stdin: stdin, Stdout: a,
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return false, summary{}, ctx.Err()
	case err != nil:
		return false, summary{}, fmt.Errorf("follow job %s: %w", spec.ID, err)
	case done.Exit != 0:
		return false, summary{}, nodeError(spec.ID, "start", done)
	}
	s, ok := a.parse()
	if !ok {
		return false, s, &ProtocolError{ID: spec.ID, Answer: a.end(), Stderr: done.Stderr}
	}
	return a.found, s, nil
}

// end returns some of what was not understood.
func (a *answer) end() []byte {
	rest := a.pending
	if a.closed {
		rest = a.summary
	}
	return rest[max(0, len(rest)-256):]
}

// forgetful lets go of what it has read to the end. A job is sent within moments and may be
// followed for an hour, by a worker that follows a thousand.
type forgetful struct{ from io.Reader }

func (f *forgetful) Read(b []byte) (int, error) {
	if f.from == nil {
		return 0, io.EOF
	}
	n, err := f.from.Read(b)
	if errors.Is(err, io.EOF) {
		f.from = nil
	}
	return n, err
}
