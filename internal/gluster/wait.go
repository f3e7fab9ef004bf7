package gluster

import (
	"context"
	"slices"
	"time"
)

const (
	firstPause = 50 * time.Millisecond
	lastPause  = 500 * time.Millisecond
)

// await looks again and again, as gluster has no events, until nothing is
// missing, look fails, or the context ends; then the error is *WaitError.
// Progress hears what is missing each time that it is something else.
func await(ctx context.Context, what string, progress func(string), look func(context.Context) (missing []string, err error)) error {
	var last []string
	pause := firstPause
	for {
		missing, err := look(ctx)
		switch {
		case ctx.Err() != nil && (err != nil || len(missing) > 0):
			// What look found after the end may only be the end itself.
			if err == nil {
				last = missing
			}
			return &WaitError{What: what, Missing: last, Err: ctx.Err()}
		case err != nil:
			return err
		case len(missing) == 0:
			return nil
		}
		if !slices.Equal(missing, last) {
			progress("waiting for " + what + ": " + summary(missing))
		}
		last = missing
		select {
		case <-ctx.Done():
			return &WaitError{What: what, Missing: last, Err: ctx.Err()}
		case <-time.After(pause):
		}
		pause = min(pause*3/2, lastPause)
	}
}

// telling makes progress safe to call.
func telling(progress func(string)) func(string) {
	if progress == nil {
		return func(string) {}
	}
	return progress
}
