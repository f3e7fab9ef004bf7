package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"

	"aiolos/internal/telemetry"
)

// service is what the worker is called where its spans are kept, unless the
// environment says otherwise.
const service = "aiolos-worker"

// sendingTimeout is how long a worker that stops goes on sending spans.
const sendingTimeout = 3 * time.Second

// seen is what lets machines see the worker.
type seen struct {
	metrics *telemetry.Metrics
	tracing *telemetry.Tracing
}

// letSee begins to measure, and to trace where the environment says where to.
func letSee(ctx context.Context, log *slog.Logger) (seen, error) {
	metrics, err := telemetry.NewMetrics()
	if err != nil {
		return seen{}, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("Telemetry was lost", "error", err) }))
	tracing, err := telemetry.NewTracing(ctx, service, os.Getenv)
	if err != nil {
		return seen{}, errors.Join(err, metrics.Close()) //nolint:contextcheck // nothing is measured yet
	}
	return seen{metrics, tracing}, nil
}

// close sends what is not sent yet.
func (s seen) close() {
	ctx, cancel := context.WithTimeout(context.Background(), sendingTimeout)
	defer cancel()
	if err := errors.Join(s.tracing.Close(ctx), s.metrics.Close()); err != nil {
		otel.Handle(err)
	}
}

// observe has the Temporal SDK count, and trace.
func (s seen) observe(options *client.Options) error {
	options.MetricsHandler = opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: s.metrics.Meter(), UseMonotonicCounters: true, OnError: otel.Handle,
	})
	interceptors, err := traced(s.tracing)
	options.Interceptors = append(append(options.Interceptors, interceptors...), &telling{})
	return err
}
