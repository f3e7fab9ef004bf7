package aiolos_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/internal/telemetry"
)

// TestMetricsReference generates the table of metrics from their descriptions.
func TestMetricsReference(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Metrics, generated from the code\n\n<!-- go test . -run TestMetricsReference -update -->\n\n" +
		"The worker answers `GET /metrics` where `health.listen` says. No label holds the name of a deployment, a node or a step.\n\n" +
		"| metric | type | labels | |\n|---|---|---|---|\n")
	for _, m := range telemetry.All() {
		labels := make([]string, len(m.Labels))
		for i, l := range m.Labels {
			labels[i] = "`" + l + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.Exported(), m.Sort, strings.Join(labels, ", "), m.About)
	}
	b.WriteString("\nA `result` is `ok`, `cancelled`, `timeout`, a kind of failure as in [the reference](reference.md#failures) written `like_this`, or `error`.\n" +
		"A histogram has the series `_bucket`, `_sum` and `_count`.\n\n" +
		"Beside these there are the [metrics of the Temporal SDK](https://docs.temporal.io/references/sdk-metrics), all beginning with `temporal_` " +
		"(counters end with `_total`, latencies with `_seconds`), and those of Go's runtime (`go_`) and of the process (`process_`).\n")
	const path = "docs/metrics.md"
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, b.String(), string(text), "run: go test . -run TestMetricsReference -update")
}
