package main

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/internal/telemetry"
)

// traced are the interceptors that make spans of workflows and activities.
func traced(tracing *telemetry.Tracing) ([]interceptor.ClientInterceptor, error) {
	if !tracing.On {
		return nil, nil
	}
	base, err := opentelemetry.NewTracer(opentelemetry.TracerOptions{Tracer: tracing.Tracer()})
	if err != nil {
		return nil, err
	}
	own := &stableTracer{Tracer: base, tracer: tracing.Tracer()}
	// The second one is inside of the first, and so sees its span.
	return []interceptor.ClientInterceptor{interceptor.NewTracingInterceptor(own), &onlyEnds{}}, nil
}

// stableTracer gives spans of a workflow IDs that follow from its run, so that
// they are the same when another worker goes on with it.
type stableTracer struct {
	interceptor.Tracer
	tracer trace.Tracer
}

// Options lets queries make no spans: they are many, and change nothing.
func (t *stableTracer) Options() interceptor.TracerOptions {
	options := t.Tracer.Options()
	options.DisableQueryTracing = true
	return options
}

func (t *stableTracer) StartSpan(options *interceptor.TracerStartSpanOptions) (interceptor.TracerSpan, error) {
	one, err := opentelemetry.NewTracer(opentelemetry.TracerOptions{
		Tracer: t.tracer,
		SpanStarter: func(ctx context.Context, tracer trace.Tracer, name string, more ...trace.SpanStartOption) trace.Span {
			if options.IdempotencyKey != "" {
				ctx = telemetry.WithStableID(ctx, options.IdempotencyKey)
			}
			_, span := tracer.Start(ctx, name, more...)
			return &discreetSpan{Span: span}
		},
	})
	if err != nil {
		return nil, err
	}
	return one.StartSpan(options)
}

// discreetSpan tells of an error its kind only. What a tool said belongs into the
// history, which can be encrypted, and not into a store of traces.
type discreetSpan struct {
	trace.Span
	muted bool
}

func (s *discreetSpan) RecordError(err error, _ ...trace.EventOption) {
	var application *temporal.ApplicationError
	switch {
	case err == nil:
	case errors.As(err, &application):
		s.SetAttributes(attribute.String("error.type", application.Type()))
	case temporal.IsCanceledError(err):
		s.SetAttributes(attribute.String("error.type", "Cancelled"))
	default:
		s.SetAttributes(attribute.String("error.type", "Other"))
	}
}

func (s *discreetSpan) SetStatus(code codes.Code, _ string) { s.Span.SetStatus(code, "") }

func (s *discreetSpan) End(options ...trace.SpanEndOption) {
	if !s.muted {
		s.Span.End(options...)
	}
}

// onlyEnds lets the span of a workflow end only when the workflow does. The SDK
// would end it as well when a worker puts the workflow aside, and when a query
// has one that is over run once more.
type onlyEnds struct{ interceptor.InterceptorBase }

func (*onlyEnds) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &endingWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

type endingWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (w *endingWorkflow) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	found, _ := opentelemetry.SpanFromWorkflowContext(ctx)
	span, ok := found.(*discreetSpan)
	if !ok {
		return w.Next.ExecuteWorkflow(ctx, in)
	}
	// A workflow that is put aside does not return.
	span.muted = true
	out, err := w.Next.ExecuteWorkflow(ctx, in)
	span.muted = workflow.IsReplaying(ctx)
	return out, err
}
