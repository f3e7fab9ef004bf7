package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"aiolos/internal/remote"
)

// SSH observes connections, and the commands that run on them.
type SSH struct {
	connections, running metric.Int64UpDownCounter
	dials, commands      metric.Float64Histogram
}

func newSSH(in instruments) *SSH {
	return &SSH{
		connections: in.upDown(sshConnections), running: in.upDown(sshRunning),
		dials: in.histogram(sshDials), commands: in.histogram(sshCommands),
	}
}

// Dialled is told of an attempt to connect.
func (s *SSH) Dialled(took time.Duration, err error) {
	s.dials.Record(context.Background(), took.Seconds(), labels("result", resultOf(err)))
}

// Connected is told when a connection opens (1) and when it ends (-1).
func (s *SSH) Connected(change int64) { s.connections.Add(context.Background(), change) }

// Runner returns r, observed: each command is counted, and is a span of the
// tracer below that of ctx. Neither shows any of the command, as its arguments may
// be anything.
func (s *SSH) Runner(r remote.Runner, deployment, node string, tracer trace.Tracer) remote.Runner {
	return &observedRunner{ssh: s, runner: r, tracer: tracer, attributes: trace.WithAttributes(
		attribute.String(deploymentKey, deployment), attribute.String(nodeKey, node),
	)}
}

// Awaiting makes the wait for a node's sshd a span, until ended is called.
func Awaiting(ctx context.Context, tracer trace.Tracer, deployment, node string) (_ context.Context, ended func(error)) {
	ctx, span := tracer.Start(ctx, "ssh await", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String(deploymentKey, deployment), attribute.String(nodeKey, node),
	))
	return ctx, func(err error) {
		span.SetAttributes(attribute.String("result", resultOf(err)))
		if err != nil {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

type observedRunner struct {
	ssh        *SSH
	runner     remote.Runner
	tracer     trace.Tracer
	attributes trace.SpanStartEventOption
}

func (r *observedRunner) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	ctx, span := r.tracer.Start(ctx, "ssh command", trace.WithSpanKind(trace.SpanKindClient), r.attributes)
	defer span.End()
	// What is counted must not end with the command's context.
	counting := context.WithoutCancel(ctx)
	r.ssh.running.Add(counting, 1)
	began := time.Now()
	result, err := r.runner.Run(ctx, c)
	took := time.Since(began)
	r.ssh.running.Add(counting, -1)
	ended := resultOf(err)
	r.ssh.commands.Record(counting, took.Seconds(), labels("result", ended))
	span.SetAttributes(attribute.String("result", ended))
	if err != nil {
		span.SetStatus(codes.Error, "")
	} else {
		span.SetAttributes(attribute.Int("exit_code", result.Exit))
	}
	return result, err
}
