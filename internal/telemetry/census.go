package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// How often deployments are counted at most, and how long it may take.
const (
	censusAge     = 30 * time.Second
	censusTimeout = 5 * time.Second
)

// Count counts deployments by state.
type Count func(context.Context) (map[string]int64, error)

// CountDeployments has deployments counted when metrics are asked for, at most
// every 30 seconds. While they cannot be counted, none are told: an old number
// would look like a true one.
func (m *Metrics) CountDeployments(count Count, log *slog.Logger) {
	c := &census{count: count, log: log, now: time.Now}
	gauge := must(m.in.meter.Int64ObservableGauge(deployments.Name, metric.WithUnit(deployments.Unit), metric.WithDescription(deployments.About)))
	must(m.in.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for state, n := range c.known() {
			o.ObserveInt64(gauge, n, metric.WithAttributes(attribute.String("state", state)))
		}
		return nil
	}, gauge))
	m.census.Store(c)
}

// census keeps what was counted last. Nothing is counted while metrics are
// collected: counting asks Temporal, whose client makes metrics of its own, and
// those would wait for the collection, which would wait for them.
type census struct {
	count Count
	log   *slog.Logger
	now   func() time.Time

	// asking is held by the one that asks.
	asking sync.Mutex
	taken  time.Time

	mu   sync.Mutex
	last map[string]int64
}

// take counts, unless that was done a while ago only.
func (c *census) take(ctx context.Context) {
	c.asking.Lock()
	defer c.asking.Unlock()
	now := c.now()
	if !c.taken.IsZero() && now.Sub(c.taken) < censusAge {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, censusTimeout)
	defer cancel()
	counted, err := c.count(ctx)
	if err != nil {
		c.log.WarnContext(ctx, "Deployments could not be counted", "error", err)
		counted = nil
	}
	c.taken = now
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = counted
}

// known is what was counted last. It never waits for who counts.
func (c *census) known() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}
