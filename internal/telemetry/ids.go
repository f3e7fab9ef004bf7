package telemetry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"

	"go.opentelemetry.io/otel/trace"
)

// stableIDs gives a span that stands for a workflow the same ID whoever makes it:
// a workflow goes on after the death of its worker, and so has its trace to. All
// other IDs are random.
type stableIDs struct{}

type stableKey struct{}

// WithStableID has the next span of ctx get the ID that follows from name, and
// its trace as well where it is the first of one.
func WithStableID(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, stableKey{}, name)
}

// NewIDs implements the SDK's IDGenerator.
func (g stableIDs) NewIDs(ctx context.Context) (id trace.TraceID, span trace.SpanID) {
	if name, ok := ctx.Value(stableKey{}).(string); ok {
		sum := sha256.Sum256([]byte("trace " + name))
		copy(id[:], sum[:])
	} else {
		_, _ = rand.Read(id[:])
	}
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID implements the SDK's IDGenerator.
func (stableIDs) NewSpanID(ctx context.Context, _ trace.TraceID) (id trace.SpanID) {
	if name, ok := ctx.Value(stableKey{}).(string); ok {
		sum := sha256.Sum256([]byte("span " + name))
		copy(id[:], sum[:])
	} else {
		_, _ = rand.Read(id[:])
	}
	return id
}
