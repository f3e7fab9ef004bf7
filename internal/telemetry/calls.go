package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Calls observes calls of providers.
type Calls struct{ durations metric.Float64Histogram }

func newCalls(in instruments) *Calls { return &Calls{in.histogram(providerCalls)} }

// Call makes a call of a provider, and observes it.
func Call[T any](ctx context.Context, c *Calls, tracer trace.Tracer, provider, operation string, call func(context.Context) (T, error)) (T, error) {
	ctx, span := tracer.Start(ctx, "provider "+operation, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("provider", provider), attribute.String("operation", operation)))
	defer span.End()
	began := time.Now()
	out, err := call(ctx)
	result := resultOf(err)
	c.durations.Record(context.WithoutCancel(ctx), time.Since(began).Seconds(),
		labels("provider", provider, "operation", operation, "result", result))
	span.SetAttributes(attribute.String("result", result))
	if err != nil {
		span.SetStatus(codes.Error, "")
	}
	return out, err
}
