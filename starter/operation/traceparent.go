package operation

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
)

// parentVariables carry the trace that a command is part of, as OpenTelemetry's
// specification has it for processes that start others.
var parentVariables = map[string]string{"traceparent": "TRACEPARENT", "tracestate": "TRACESTATE"}

// partOf makes what the client starts part of the trace that the environment names.
// One that is not right is no trace, as the specification has it.
func partOf(options *client.Options, env func(string) string) error {
	carrier := propagation.MapCarrier{}
	for key, name := range parentVariables {
		carrier[key] = env(name)
	}
	parent := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
	if !parent.IsValid() {
		return nil
	}
	// Its tracer makes no spans of its own: it hands the parent on.
	handOn, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{Tracer: noop.NewTracerProvider().Tracer("")})
	if err != nil {
		return err
	}
	options.Interceptors = append(options.Interceptors, &parented{parent: parent}, handOn)
	return nil
}

// parented has every call that makes something happen know the parent.
type parented struct {
	interceptor.ClientInterceptorBase
	parent trace.SpanContext
}

func (p *parented) InterceptClient(next interceptor.ClientOutboundInterceptor) interceptor.ClientOutboundInterceptor {
	return &parentedCalls{ClientOutboundInterceptorBase: interceptor.ClientOutboundInterceptorBase{Next: next}, parent: p.parent}
}

type parentedCalls struct {
	interceptor.ClientOutboundInterceptorBase
	parent trace.SpanContext
}

func (c *parentedCalls) with(ctx context.Context) context.Context {
	return trace.ContextWithRemoteSpanContext(ctx, c.parent)
}

func (c *parentedCalls) ExecuteWorkflow(ctx context.Context, in *interceptor.ClientExecuteWorkflowInput) (client.WorkflowRun, error) {
	return c.Next.ExecuteWorkflow(c.with(ctx), in)
}

func (c *parentedCalls) UpdateWorkflow(ctx context.Context, in *interceptor.ClientUpdateWorkflowInput) (client.WorkflowUpdateHandle, error) {
	return c.Next.UpdateWorkflow(c.with(ctx), in)
}
