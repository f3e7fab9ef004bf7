package e2e

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/internal/telemetry/otlptest"
	"aiolos/lab/labtest"
)

const observed = `name: observed
parameters: {password: {type: string, sensitive: true}}
groups: {web: {count: 2, profile: small-x86_64}}
steps:
  use:
    on: web
    run: {script: 'echo "with $PASSWORD"; sleep 1', env: {PASSWORD: "${params.password}"}}
  fail:
    on: web[1]
    run: {script: 'echo "cannot log in with $PASSWORD" >&2; exit 4', env: {PASSWORD: "${params.password}"}}
`

// TestObserved follows a deployment on real nodes in its trace and in the metrics,
// and looks for its secret there.
func TestObserved(t *testing.T) {
	labtest.NeedEngine(t)
	const given = "hunter2-and-more"
	receiver := otlptest.Start(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.URL)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
	l := labtest.Start(t, "e2eobserved", 20810)
	path := filepath.Join(t.TempDir(), "observed.yaml")
	require.NoError(t, os.WriteFile(path, []byte(observed), 0o600))
	const trace = "0af7651916cd43dd8448eb211c80319c"
	t.Setenv("TRACEPARENT", "00-"+trace+"-b7ad6b7169203331-01")
	r := l.Aiolos(t, "deploy", "seen", path, "-p", "password="+given, "--on-failure", "fail")
	require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)

	var ours []otlptest.Span
	labtest.Eventually(t, "the span of the workflow arrives", 30*time.Second, func() bool {
		ours = nil
		ended := false
		for _, s := range receiver.Spans() {
			if s.Trace == trace {
				ours = append(ours, s)
				ended = ended || s.Name == "RunWorkflow:Deploy"
			}
		}
		return ended
	})
	ids := map[string]bool{"b7ad6b7169203331": true}
	names := map[string]int{}
	for _, s := range ours {
		ids[s.ID] = true
		names[s.Name]++
	}
	for _, s := range ours {
		require.True(t, ids[s.Parent], "the parent of %s is not there", s.Name)
	}
	for name, n := range map[string]int{"RunActivity:Plan": 1, "RunActivity:Connect": 2, "provider launch": 1, "ssh await": 2, "RunActivity:run": 3} {
		require.Equal(t, n, names[name], "%s in %v", name, names)
	}
	require.GreaterOrEqual(t, names["ssh command"], 5)

	answer, err := http.Get("http://127.0.0.1:" + strconv.Itoa(l.Base+4) + "/metrics")
	require.NoError(t, err)
	defer answer.Body.Close()
	metrics, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	for _, line := range []string{
		`aiolos_jobs_begun_total{how="started"} 3`, `aiolos_jobs_ended_total{result="ok"} 2`, `aiolos_jobs_ended_total{result="exit"} 1`,
		`aiolos_jobs 0`, `aiolos_ssh_connections 2`, `aiolos_deployments{state="Failed"} 1`,
		`aiolos_provider_call_duration_seconds_count{operation="launch",provider="docker",result="ok"} 1`,
	} {
		require.Contains(t, string(metrics), line+"\n")
	}
	places := map[string]string{"the spans": receiver.Text(), "the metrics": string(metrics), "what was printed": r.Stdout + r.Stderr}
	l.StateFiles(t, places)
	for place, text := range places {
		require.NotContains(t, text, given, place)
	}
}
