package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/metric"
)

// Deliveries observes notifications on their way.
type Deliveries struct{ durations metric.Float64Histogram }

func newDeliveries(in instruments) *Deliveries { return &Deliveries{in.histogram(deliveries)} }

// Delivered is told of an attempt: its result is ok, refused or unreachable.
func (d *Deliveries) Delivered(endpoint, result string, took time.Duration) {
	d.durations.Record(context.Background(), took.Seconds(), labels("endpoint", endpoint, "result", result))
}
