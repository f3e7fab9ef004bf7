package telemetry

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Tracing is where spans go, if anywhere.
type Tracing struct {
	provider trace.TracerProvider
	sending  sending
	// On says that spans are kept and sent.
	On bool
}

// sending is what of a provider of tracers is about sending.
type sending interface {
	ForceFlush(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

// NoTracing keeps no spans.
func NoTracing() *Tracing {
	return &Tracing{provider: noop.NewTracerProvider()}
}

// EnvironmentError says that a variable of OpenTelemetry's is wrong.
type EnvironmentError struct{ Name, Value, Allowed string }

func (e *EnvironmentError) Error() string {
	return fmt.Sprintf("%s is %q in the environment; allowed is %s", e.Name, e.Value, e.Allowed)
}

// NewTracing reads the environment as OpenTelemetry's specification has it. Spans
// are sent by OTLP if OTEL_TRACES_EXPORTER is "otlp", or if it is not set and
// OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is; by
// HTTP, unless OTEL_EXPORTER_OTLP_PROTOCOL is "grpc". The exporter and the sampler
// read the other variables themselves. Nobody has to answer at the endpoint.
func NewTracing(ctx context.Context, service string, env func(string) string) (*Tracing, error) {
	on, err := tracesWanted(env)
	if err != nil || !on {
		return NoTracing(), err
	}
	exporter, err := newExporter(ctx, env)
	if err != nil {
		return nil, err
	}
	return tracingTo(ctx, service, sdktrace.WithBatcher(exporter))
}

// tracingTo makes spans that are given to a processor.
func tracingTo(ctx context.Context, service string, to sdktrace.TracerProviderOption) (*Tracing, error) {
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithHost(),
		resource.WithAttributes(attribute.String("service.name", service)), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("what OpenTelemetry is told about this process: %w", err)
	}
	provider := sdktrace.NewTracerProvider(to, sdktrace.WithResource(about), sdktrace.WithIDGenerator(stableIDs{}))
	return &Tracing{provider: provider, sending: provider, On: true}, nil
}

// Tracer makes spans of Aiolos.
func (t *Tracing) Tracer() trace.Tracer { return t.provider.Tracer("aiolos") }

// Flush sends what is not sent yet.
func (t *Tracing) Flush(ctx context.Context) error {
	if t.sending == nil {
		return nil
	}
	return t.sending.ForceFlush(ctx)
}

// Close sends what is not sent yet, until ctx ends.
func (t *Tracing) Close(ctx context.Context) error {
	if t.sending == nil {
		return nil
	}
	return t.sending.Shutdown(ctx)
}

func tracesWanted(env func(string) string) (bool, error) {
	if strings.EqualFold(env("OTEL_SDK_DISABLED"), "true") {
		return false, nil
	}
	switch exporter := env("OTEL_TRACES_EXPORTER"); exporter {
	case "":
		return env("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "", nil
	case "none":
		return false, nil
	case "otlp":
		return true, nil
	default:
		return false, &EnvironmentError{"OTEL_TRACES_EXPORTER", exporter, `"otlp" or "none"`}
	}
}

func newExporter(ctx context.Context, env func(string) string) (sdktrace.SpanExporter, error) {
	name := "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
	if env(name) == "" {
		name = "OTEL_EXPORTER_OTLP_PROTOCOL"
	}
	switch protocol := env(name); protocol {
	case "", "http/protobuf":
		return otlptracehttp.New(ctx)
	case "grpc":
		return otlptracegrpc.New(ctx)
	default:
		return nil, &EnvironmentError{name, protocol, `"http/protobuf" or "grpc"`}
	}
}
