package ssh

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Pauses between attempts to connect to a booting host. They begin short, as a
// host boots in about a second in the lab; the last are short enough still, as
// one attempt costs next to nothing.
const (
	firstPause  = 50 * time.Millisecond
	lastPause   = time.Second
	pauseFactor = 1.3
)

// Await returns once the target's sshd answers, has the right host key and lets
// the worker in; the connection is then in the pool. It waits for a host that
// boots until ctx ends, but not for one with another host key (*HostKeyError), nor
// for long for one that refuses the worker's key (*AuthError). If ctx's deadline
// passes, the error is a *DialError or *AuthError that is also
// context.DeadlineExceeded and tells what was wrong last.
//
// progress is told what is awaited when that changes, and else once a second; it
// may be nil.
func (p *Pool) Await(ctx context.Context, t Target, progress func(message string)) error {
	t = t.filled()
	told := teller{to: progress}
	pause := firstPause
	var last error
	var refused time.Time
	for {
		err := p.answers(ctx, t)
		var wrong *HostKeyError
		var auth *AuthError
		var away *DialError
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return outOfTime(ctx, t, last)
		case errors.As(err, &wrong):
			// Our images carry no keys, so that a wrong one is not that of an image
			// before its first boot.
			return err
		case errors.As(err, &auth):
			if refused.IsZero() {
				refused = time.Now()
			}
			if time.Since(refused) >= p.cfg.AuthPatience {
				return err
			}
		case errors.As(err, &away):
			refused = time.Time{}
		default:
			return err
		}
		last = err
		told.tell(err.Error())
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return outOfTime(ctx, t, last)
		}
		pause = min(time.Duration(float64(pause)*pauseFactor), lastPause)
	}
}

// answers connects and asks for a sign of life: a connection from the pool may
// be to a machine that has gone down since.
func (p *Pool) answers(ctx context.Context, t Target) error {
	c, err := p.connect(ctx, t)
	if err != nil {
		return err
	}
	answered := make(chan error, 1)
	if !p.spawn(func() { answered <- c.ping(p.cfg.DialTimeout) }) {
		return ErrClosed
	}
	select {
	case err = <-answered:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err == nil {
		return nil
	}
	if cause := c.wire.failed(); cause != nil {
		err = cause
	}
	if errors.Is(err, ErrClosed) {
		return ErrClosed
	}
	c.end(err)
	return &DialError{Place: t.place(), Err: err}
}

// outOfTime is ctx's error with what was wrong last.
func outOfTime(ctx context.Context, t Target, last error) error {
	if errors.Is(ctx.Err(), context.Canceled) || last == nil {
		return ctx.Err()
	}
	var auth *AuthError
	if errors.As(last, &auth) {
		late := *auth
		late.Err = errors.Join(ctx.Err(), auth.Err)
		return &late
	}
	var away *DialError
	if errors.As(last, &away) {
		return &DialError{Place: t.place(), Err: &lateError{cause: away.Err, ctx: ctx.Err()}}
	}
	return last
}

// lateError is what was wrong when the time was over.
type lateError struct{ cause, ctx error }

func (e *lateError) Error() string {
	return fmt.Sprintf("%s; waited until the time was over", reason(e.cause))
}
func (e *lateError) Unwrap() []error { return []error{e.ctx, e.cause} }

// teller tells a message when it differs from the last one, and else once a second.
type teller struct {
	to   func(string)
	last string
	at   time.Time
}

func (t *teller) tell(message string) {
	if t.to == nil || message == t.last && time.Since(t.at) < time.Second {
		return
	}
	t.last, t.at = message, time.Now()
	t.to(message)
}
