package facter

import (
	"context"
	"errors"
	"maps"
	"time"

	"aiolos/internal/remote"
)

// pause is the time between two questions. Facter costs a node a part of a second
// of its processor; a command that finds nothing new costs the worker next to nothing.
const pause = 2 * time.Second

// Await asks a node for facts again and again until each of names has a value, and
// returns them as Collect does. What has a value once is not asked for again. After
// each answer that lacks some, progress is called with their names; it may be nil.
//
// When ctx ends, the error is a *MissingError. While facter does not work, as in the
// midst of its installation, Await goes on; other errors are passed on.
func Await(ctx context.Context, r remote.Runner, names []string, progress func(missing []string)) (map[string]any, error) {
	return await(ctx, r, names, progress, pause)
}

func await(ctx context.Context, r remote.Runner, names []string, progress func(missing []string), pause time.Duration) (map[string]any, error) {
	facts := map[string]any{}
	asked, lacking := names, names
	var broken *OutputError
	for {
		found, without, err := collect(ctx, r, asked)
		switch {
		case ctx.Err() != nil:
			return nil, &MissingError{Names: lacking, Facter: broken, Cause: ctx.Err()}
		case err == nil:
			broken, lacking = nil, without
		case !errors.As(err, &broken):
			return nil, err
		}
		maps.Copy(facts, found)
		if size := encodedSize(facts); size > MaxBytes {
			return nil, &SizeError{Size: size, Largest: largest(facts)}
		}
		if len(lacking) == 0 {
			return facts, nil
		}
		asked = under(asked, lacking)
		if progress != nil {
			progress(lacking)
		}
		select {
		case <-ctx.Done():
			return nil, &MissingError{Names: lacking, Facter: broken, Cause: ctx.Err()}
		case <-time.After(pause):
		}
	}
}
