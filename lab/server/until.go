package server

import (
	"context"
	"fmt"
	"time"
)

// Until tries, with short pauses, until it succeeds or patience is over. It is for
// what tells nobody when it is ready; the error then says what was tried and
// what came of the last try.
func Until(ctx context.Context, patience, pause time.Duration, what string, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(pause)
	defer again.Stop()
	for {
		last := try(ctx)
		if last == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, last)
		}
	}
}
