package telemetry

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"aiolos/deploy"
)

// resultOf names how something ended, in one of few words: ok, cancelled, the kind
// of the failure such as host_key, timeout, or error where it has no kind.
func resultOf(err error) string {
	var kinded interface{ Kind() deploy.Kind }
	var invalid *deploy.InvalidError
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &kinded):
		return snake(string(kinded.Kind()))
	case errors.As(err, &invalid):
		return snake(string(deploy.KindInvalidRequest))
	case errors.Is(err, context.DeadlineExceeded):
		return snake(string(deploy.KindTimeout))
	}
	return "error"
}

// snake writes a name as labels and keys are written: HostKey as host_key, RunID
// as run_id.
func snake(name string) string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		if unicode.IsUpper(r) && lower {
			b.WriteByte('_')
		}
		lower = !unicode.IsUpper(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// labels are pairs of name and value.
func labels(pairs ...string) metric.MeasurementOption {
	attributes := make([]attribute.KeyValue, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		attributes = append(attributes, attribute.String(pairs[i], pairs[i+1]))
	}
	return metric.WithAttributes(attributes...)
}
