package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"time"

	"aiolos/internal/config"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"golang.org/x/time/rate"
)

const (
	// shareEvery is how often a worker looks how many share a bound. One that has come
	// takes its share at once, so for as long the others take too much.
	shareEvery = 5 * time.Second
	// sharePatience bounds one such look.
	sharePatience = 10 * time.Second
)

// share is this worker's part of what all workers on a task queue may do in a second.
// No worker speaks for the others: each divides by the number of those that Temporal
// knows. It knows one that died for some minutes, so then there is less than might be.
type share struct {
	total   float64
	workers func(context.Context) (int, error)
	limit   *rate.Limiter
	stop    context.CancelFunc
	stopped chan struct{}
}

// newShare takes a part of total a second, and keeps it right until it is closed.
func newShare(ctx context.Context, total float64, workers func(context.Context) (int, error), log *slog.Logger) (*share, error) {
	s := &share{total: total, workers: workers, limit: rate.NewLimiter(rate.Limit(total), 1), stopped: make(chan struct{})}
	others, err := workers(ctx)
	if err != nil {
		return nil, err
	}
	s.divide(others + 1) // it does not take work yet, so it is not known
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	go s.keep(ctx, log)
	return s, nil
}

func (s *share) keep(ctx context.Context, log *slog.Logger) {
	defer close(s.stopped)
	tick := time.NewTicker(shareEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		workers, err := s.workers(ctx)
		if err != nil {
			log.Warn("How many workers share the bound on calls is not known; it stays as it was", "error", err)
			continue
		}
		s.divide(workers)
	}
}

// divide sets the part of one of some workers. What may be done at once, after a pause,
// is a second's worth.
func (s *share) divide(workers int) {
	part := s.total / float64(max(workers, 1))
	s.limit.SetLimit(rate.Limit(part))
	s.limit.SetBurst(int(max(1, math.Floor(part))))
}

// Turn returns when one more may be done.
func (s *share) Turn(ctx context.Context) error { return s.limit.Wait(ctx) }

// Close stops looking. A share of nothing has nothing to stop.
func (s *share) Close() {
	if s == nil {
		return
	}
	s.stop()
	<-s.stopped
}

// workersOn counts who takes activities from a task queue.
func workersOn(temporal client.Client, queue string) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		ctx, cancel := context.WithTimeout(ctx, sharePatience)
		defer cancel()
		described, err := temporal.DescribeTaskQueue(ctx, queue, enumspb.TASK_QUEUE_TYPE_ACTIVITY)
		if err != nil {
			return 0, err
		}
		known := map[string]bool{}
		for _, p := range described.GetPollers() {
			known[p.GetIdentity()] = true
		}
		return len(known), nil
	}
}

// shareCalls gives the providers whose calls are bounded their share, and returns it.
func shareCalls(ctx context.Context, cfg *config.Config, temporal client.Client, log *slog.Logger) (*share, error) {
	if cfg.Providers.EC2 == nil || cfg.Providers.EC2.CallsPerSecond <= 0 {
		return nil, nil //nolint:nilnil // there is no bound
	}
	s, err := newShare(ctx, cfg.Providers.EC2.CallsPerSecond, workersOn(temporal, cfg.TaskQueue), log)
	if err != nil {
		return nil, fmt.Errorf("count the workers on the task queue %s: %w", cfg.TaskQueue, err)
	}
	provider := *cfg.Providers.EC2
	provider.Turn = s.Turn
	cfg.Providers.EC2 = &provider
	return s, nil
}
