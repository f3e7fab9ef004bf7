package telemetry

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace/noop"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

// exercised returns metrics in which everything that can be observed was.
func exercised(t *testing.T) *Metrics {
	t.Helper()
	m, err := NewMetrics()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	tracer := noop.NewTracerProvider().Tracer("")
	m.SSH.Connected(1)
	m.SSH.Dialled(time.Second, failure(deploy.KindHostKey))
	_, err = m.SSH.Runner(runner{}, "demo", "storage-0", tracer).Run(t.Context(), remote.Command{})
	require.NoError(t, err)
	for _, found := range []bool{false, true} {
		m.Jobs.Follows()
		m.Jobs.Begun(found)
	}
	m.Jobs.Ended(7, 1.5, nil)
	m.Jobs.Ended(0, 0, context.Canceled)
	_, err = Call(t.Context(), m.Calls, tracer, "docker", "find", func(context.Context) (int, error) { return 0, io.EOF })
	require.ErrorIs(t, err, io.EOF)
	m.Deliveries.Delivered("ops", "ok", time.Millisecond)
	m.CountDeployments(func(context.Context) (map[string]int64, error) { return map[string]int64{"Running": 3}, nil }, slog.New(slog.DiscardHandler))
	h := m.Signals.Handler("/signals", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/signals", nil))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/signals", nil))
	return m
}

type failure deploy.Kind

func (f failure) Error() string     { return string(f) }
func (f failure) Kind() deploy.Kind { return deploy.Kind(f) }

type runner struct{}

func (runner) Run(context.Context, remote.Command) (remote.Result, error) {
	return remote.Result{Exit: 3}, nil
}

// own gathers Aiolos's own metrics by name.
func own(t *testing.T, m *Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	m.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil)) // counts
	all, err := m.registry.Gather()
	require.NoError(t, err)
	families := map[string]*dto.MetricFamily{}
	for _, f := range all {
		if strings.HasPrefix(f.GetName(), "aiolos_") {
			families[f.GetName()] = f
		}
	}
	return families
}

// TestMetricsAreAsDescribed holds the registry against the descriptions, which the
// reference is made of, and against Prometheus's conventions.
func TestMetricsAreAsDescribed(t *testing.T) {
	m := exercised(t)
	families := own(t, m)
	var described []string
	for _, d := range All() {
		described = append(described, d.Exported())
		f := families[d.Exported()]
		require.NotNil(t, f, d.Exported())
		require.Equal(t, map[Sort]dto.MetricType{Counter: dto.MetricType_COUNTER, Gauge: dto.MetricType_GAUGE, Histogram: dto.MetricType_HISTOGRAM}[d.Sort], f.GetType(), d.Name)
		require.Equal(t, d.About, f.GetHelp())
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		require.ElementsMatch(t, d.Labels, labels, d.Name)
	}
	require.ElementsMatch(t, described, slices.Collect(maps.Keys(families)))
	problems, err := promlint.NewWithMetricFamilies(slices.Collect(maps.Values(families))).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)
}

// series renders the counts of a metric by their labels.
func series(f *dto.MetricFamily) map[string]float64 {
	all := map[string]float64{}
	for _, m := range f.GetMetric() {
		var labels []string
		for _, l := range m.GetLabel() {
			labels = append(labels, l.GetValue())
		}
		all[strings.Join(labels, " ")] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	return all
}

func TestWhatIsCounted(t *testing.T) {
	families := own(t, exercised(t))
	for name, want := range map[string]map[string]float64{
		"aiolos_ssh_connections":                        {"": 1},
		"aiolos_ssh_dial_duration_seconds":              {"host_key": 1},
		"aiolos_ssh_command_duration_seconds":           {"ok": 1},
		"aiolos_ssh_commands":                           {"": 0},
		"aiolos_jobs_begun_total":                       {"started": 1, "found": 1},
		"aiolos_jobs":                                   {"": 0},
		"aiolos_jobs_ended_total":                       {"exit": 1, "cancelled": 1},
		"aiolos_job_duration_seconds":                   {"exit": 1},
		"aiolos_provider_call_duration_seconds":         {"find docker error": 1},
		"aiolos_gateway_signals_total":                  {"bad_token": 1},
		"aiolos_deployments":                            {"Running": 3},
		"aiolos_notification_delivery_duration_seconds": {"ops ok": 1},
	} {
		require.Equal(t, want, series(families[name]), name)
	}
}

func taken(t *testing.T, c *census) map[string]int64 {
	t.Helper()
	c.take(t.Context())
	return c.known()
}

// TestCountingMayBeCounted counts with what makes a metric that there was none of
// before, as a client of Temporal does.
func TestCountingMayBeCounted(t *testing.T) {
	m, err := NewMetrics()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	m.CountDeployments(func(ctx context.Context) (map[string]int64, error) {
		asked, err := m.Meter().Int64Counter("asked")
		require.NoError(t, err)
		asked.Add(ctx, 1)
		return map[string]int64{"Done": 1}, nil
	}, slog.New(slog.DiscardHandler))
	answered := make(chan string)
	go func() {
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		answered <- w.Body.String()
	}()
	select {
	case text := <-answered:
		require.Contains(t, text, `aiolos_deployments{state="Done"} 1`)
	case <-time.After(30 * time.Second):
		t.Fatal("the counting waits for what it is part of")
	}
}

func TestCensusIsKeptForAWhile(t *testing.T) {
	now, asked := time.Now(), 0
	var fails error
	c := &census{log: slog.New(slog.DiscardHandler), now: func() time.Time { return now }, count: func(context.Context) (map[string]int64, error) {
		asked++
		return map[string]int64{"Done": int64(asked)}, fails
	}}
	require.EqualValues(t, 1, taken(t, c)["Done"])
	now = now.Add(censusAge - 1)
	require.EqualValues(t, 1, taken(t, c)["Done"])
	now = now.Add(1)
	require.EqualValues(t, 2, taken(t, c)["Done"])
	fails = errors.New("away")
	now = now.Add(censusAge)
	require.Empty(t, taken(t, c), "an old number would look like a true one")
	fails = nil
	require.Empty(t, taken(t, c), "who is away is not asked at every turn")
	now = now.Add(censusAge)
	require.EqualValues(t, 4, taken(t, c)["Done"])
}

func TestResults(t *testing.T) {
	for want, err := range map[string]error{
		"ok": nil, "cancelled": context.Canceled, "timeout": context.DeadlineExceeded, "error": io.EOF,
		"job_lost": failure(deploy.KindJobLost), "invalid_request": &deploy.InvalidError{},
	} {
		require.Equal(t, want, resultOf(err))
	}
	require.Equal(t, "workflow_id", snake("WorkflowID"))
	require.Equal(t, "task_first_event_id", snake("TaskFirstEventID"))
}
