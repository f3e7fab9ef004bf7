package telemetry

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// Buckets of the histograms, in seconds: an SSH command takes milliseconds, a
// Puppet run minutes, and a job may take hours.
var buckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 3 * 3600}

// Metrics holds what the worker counts and measures.
type Metrics struct {
	registry *prometheus.Registry
	provider *sdkmetric.MeterProvider
	in       instruments
	census   atomic.Pointer[census]

	// SSH, Jobs, Signals, Calls and Deliveries are the observers of those things.
	SSH        *SSH
	Jobs       *Jobs
	Signals    *Signals
	Calls      *Calls
	Deliveries *Deliveries
}

// NewMetrics returns metrics that nothing is counted in yet.
func NewMetrics() (*Metrics, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	if err != nil {
		return nil, err
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithView(
		sdkmetric.NewView(sdkmetric.Instrument{Kind: sdkmetric.InstrumentKindHistogram}, sdkmetric.Stream{
			Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: buckets},
		}),
	))
	m := &Metrics{registry: registry, provider: provider, in: instruments{provider.Meter("aiolos")}}
	m.SSH = newSSH(m.in)
	m.Jobs = newJobs(m.in)
	m.Signals = newSignals(m.in)
	m.Calls = newCalls(m.in)
	m.Deliveries = newDeliveries(m.in)
	return m, nil
}

// Meter is what the Temporal SDK counts with.
func (m *Metrics) Meter() metric.Meter { return m.provider.Meter("temporal-sdk-go") }

// Handler answers with all metrics as Prometheus reads them.
func (m *Metrics) Handler() http.Handler {
	collected := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := m.census.Load(); c != nil {
			c.take(r.Context())
		}
		collected.ServeHTTP(w, r)
	})
}

// Close ends the counting.
func (m *Metrics) Close() error { return m.provider.Shutdown(context.Background()) }
