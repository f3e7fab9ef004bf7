package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"aiolos/internal/telemetry"
)

// told are the labels that each series of a running worker has, by its name: of
// Aiolos's own as they are described, of all others as they are told.
func (r *rig) told(t *testing.T) map[string]map[string]bool {
	t.Helper()
	w := httptest.NewRecorder()
	r.see.metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	p := expfmt.NewTextParser(model.LegacyValidation)
	families, err := p.TextToMetricFamilies(w.Body)
	require.NoError(t, err)
	series := map[string]map[string]bool{"up": {}} // Prometheus's own
	add := func(name string, histogram bool, labels map[string]bool) {
		if !histogram {
			series[name] = labels
			return
		}
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			series[name+suffix] = labels
		}
		labels["le"] = true
	}
	for name, f := range families {
		labels := map[string]bool{}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = true
			}
		}
		add(name, f.GetType().String() == "HISTOGRAM", labels)
	}
	for _, m := range telemetry.All() {
		labels := map[string]bool{}
		for _, l := range m.Labels {
			labels[l] = true
		}
		add(m.Exported(), m.Sort == telemetry.Histogram, labels)
	}
	for name := range series {
		series[name]["instance"], series[name]["job"] = true, true
	}
	return series
}

// checkQuery parses PromQL, and wants each metric in it to be told by the worker, and
// each label to be one that it has.
func checkQuery(t *testing.T, query string, series map[string]map[string]bool) {
	t.Helper()
	expr, err := parser.ParseExpr(query)
	require.NoError(t, err, query)
	found := 0
	known := map[string]bool{}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if selector, ok := n.(*parser.VectorSelector); ok {
			found++
			for label := range series[selector.Name] {
				known[label] = true
			}
			require.Contains(t, series, selector.Name, query)
			for _, m := range selector.LabelMatchers {
				require.True(t, m.Name == model.MetricNameLabel || series[selector.Name][m.Name], "%s has no label %s: %s", selector.Name, m.Name, query)
			}
		}
		return nil
	})
	require.NotZero(t, found, query)
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if a, ok := n.(*parser.AggregateExpr); ok {
			for _, label := range a.Grouping {
				require.True(t, known[label], "no metric has the label %s: %s", label, query)
			}
		}
		return nil
	})
}

// dashboard is what Grafana has to find in a file.
type dashboard struct {
	Title, UID    string
	SchemaVersion int
	Templating    struct{ List []variable }
	Panels        []panel
}

type variable struct {
	Name, Type string
	Query      any
}

type panel struct {
	ID          int
	Type, Title string
	Description string
	GridPos     struct{ H, W, X, Y int }
	Datasource  struct{ Type, UID string }
	Targets     []struct {
		RefID, Expr, LegendFormat string
		Datasource                struct{ Type, UID string }
	}
	FieldConfig struct{ Defaults struct{ Unit string } }
}

// macros are what Grafana fills in.
var macros = strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*")

// TestDashboardAndAlerts loads the dashboard and the alerts, and holds every query
// against what a running worker tells.
func TestDashboardAndAlerts(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, r.deploy(ctx, t, "two", pair).Get(ctx, nil))
	series := r.told(t)

	text, err := os.ReadFile("../docs/grafana/aiolos.json")
	require.NoError(t, err)
	var d dashboard
	require.NoError(t, json.Unmarshal(text, &d))
	require.Equal(t, "aiolos", d.UID)
	require.GreaterOrEqual(t, d.SchemaVersion, 36, "data sources are named by objects")
	variables := map[string]bool{"__rate_interval": true, "__all": true}
	for _, v := range d.Templating.List {
		variables[v.Name] = true
	}
	for _, m := range regexp.MustCompile(`\$\{?(\w+)\}?`).FindAllStringSubmatch(string(text), -1) {
		require.True(t, variables[m[1]], "the variable %s is not defined", m[1])
	}
	ids := map[int]bool{}
	taken := map[[2]int]string{}
	queries := 0
	for _, p := range d.Panels {
		require.False(t, ids[p.ID], "%s: the ID %d is taken", p.Title, p.ID)
		ids[p.ID] = true
		require.NotEmpty(t, p.Title)
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				require.Less(t, x, 24)
				require.Empty(t, taken[[2]int{x, y}], "%s lies over another", p.Title)
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		require.Contains(t, []string{"timeseries", "stat"}, p.Type)
		require.NotEmpty(t, p.Description, p.Title)
		require.NotEmpty(t, p.FieldConfig.Defaults.Unit, p.Title)
		require.Equal(t, "prometheus", p.Datasource.Type)
		require.NotEmpty(t, p.Targets, p.Title)
		refs := map[string]bool{}
		for _, target := range p.Targets {
			require.False(t, refs[target.RefID], p.Title)
			refs[target.RefID] = true
			require.Equal(t, p.Datasource, target.Datasource)
			checkQuery(t, macros.Replace(target.Expr), series)
			queries++
		}
	}
	require.Greater(t, queries, 20)

	text, err = os.ReadFile("../docs/prometheus/aiolos.rules.yaml")
	require.NoError(t, err)
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr         string
				Labels, Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &rules))
	require.NotEmpty(t, rules.Groups[0].Rules)
	for _, rule := range rules.Groups[0].Rules {
		require.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
		require.Contains(t, []string{"warning", "critical"}, rule.Labels["severity"], rule.Alert)
		checkQuery(t, rule.Expr, series)
	}

	// A query that names what nobody tells is found out.
	require.NotContains(t, series, "aiolos_ssh_dials_total")
}
