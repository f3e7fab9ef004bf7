package telemetry

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"unicode"

	"go.opentelemetry.io/otel/trace"
)

// NewLog writes logs in the format "json", or otherwise as text; those of at least
// the level "debug", "info", "warn" or "error", or otherwise "info".
func NewLog(to io.Writer, format, level string) *slog.Logger {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		least = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: least}
	var handler slog.Handler = slog.NewTextHandler(to, options)
	if format == "json" {
		handler = slog.NewJSONHandler(to, options)
	}
	return slog.New(logHandler{handler})
}

// logHandler gives all lines the same keys, whoever writes them, and says what
// they are about where only their context tells.
type logHandler struct{ slog.Handler }

func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	said := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		said.AddAttrs(renamed(a)...)
		return true
	})
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		said.AddAttrs(slog.String(traceKey, span.TraceID().String()), slog.String(spanKey, span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, said)
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var all []slog.Attr
	for _, a := range attrs {
		all = append(all, renamed(a)...)
	}
	return logHandler{h.Handler.WithAttrs(all)}
}

func (h logHandler) WithGroup(name string) slog.Handler { return logHandler{h.Handler.WithGroup(name)} }

// renamed gives an attribute the name that it has everywhere. The Temporal SDK
// writes its own in another way: WorkflowID is workflow_id.
func renamed(a slog.Attr) []slog.Attr {
	if a.Key == "" || !unicode.IsUpper(rune(a.Key[0])) {
		return []slog.Attr{a}
	}
	value := a.Value
	switch a.Key {
	case "TraceID", "SpanID":
		value = slog.StringValue(value.String())
	case "WorkflowID":
		return []slog.Attr{slog.String(deploymentKey, deploymentOf(value.String())), {Key: snake(a.Key), Value: value}}
	}
	return []slog.Attr{{Key: snake(a.Key), Value: value}}
}

// deploymentOf is the deployment that a workflow is about: its ID, or, where that
// has parts, the one that the package of the workflows puts second.
func deploymentOf(id string) string {
	if _, rest, ok := strings.Cut(id, "/"); ok {
		name, _, _ := strings.Cut(rest, "/")
		return name
	}
	return id
}
