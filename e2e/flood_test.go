package e2e

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/gateway/gatewaytest"
	"aiolos/internal/trust"
	"aiolos/lab/labtest"
)

// signalled waits for a signal of every node, which a person has them send.
const signalled = `
name: signalled
groups:
  web: {count: 2, profile: small-x86_64}
steps:
  up:
    on: web
    await: {signal: ready}
  after:
    on: web
    needs: [{step: up, of: all}]
    run: {script: 'echo "$READY" >/root/after', env: {READY: "${node.ready}"}}
`

// TestFlood: while strangers send the gateway more than ten thousand bad requests a
// second, nodes' signals get through, and the deployment ends as it should.
// A changed host key is a scenario of e2e/chaos.
func TestFlood(t *testing.T) {
	labtest.NeedEngine(t)
	l := labtest.Start(t, "e2eflood", 19133)
	path := filepath.Join(t.TempDir(), "signalled.yaml")
	require.NoError(t, os.WriteFile(path, []byte(signalled), 0o600))
	r := l.Aiolos(t, "deploy", "flooded", path, "--detach")
	require.Equal(t, 0, r.Code, r.Stderr)
	labtest.Eventually(t, "both nodes are awaited", 2*time.Minute, func() bool {
		return awaited(l.Status(t, "flooded")) == 2
	})

	cfg, err := config.Read(filepath.Join(l.State, "worker.yaml"))
	require.NoError(t, err)
	secret, err := trust.Read(cfg.SecretFile)
	require.NoError(t, err)
	at, err := url.Parse(cfg.Gateway.URL)
	require.NoError(t, err)
	bad := gatewaytest.Bad("flooded", "web-0", strings.Repeat("0", len(secret.Token("flooded", "web-0"))), secret.Token("flooded", "web-1"), secret.Token("other", "web-0"))
	before := resident(t, cfg)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	flooded := make(chan gatewaytest.Report, 1)
	go func() { flooded <- gatewaytest.Flood(ctx, at.Host, 32, bad) }()

	// For some seconds there is nothing but the flood.
	for range 30 {
		time.Sleep(100 * time.Millisecond)
		require.Equal(t, 2, awaited(l.Status(t, "flooded")), "a bad request was taken for a signal")
	}
	ids := l.Containers(t, "flooded")
	begin := time.Now()
	for _, node := range slices.Sorted(maps.Keys(ids)) {
		labtest.On(t, ids[node], "aiolos-signal ready true")
	}
	signalling := time.Since(begin)
	r = l.Aiolos(t, "watch", "flooded")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	during := resident(t, cfg)
	stop()
	report := <-flooded
	t.Logf("%s; both nodes signalled within %s; the worker held %d MiB before, %d MiB during", report, signalling.Round(time.Millisecond), before>>20, during>>20)

	for status := range report.Answers {
		require.Contains(t, []int{400, 401, 404}, status)
	}
	require.Greater(t, report.Total(), 10_000)
	require.Less(t, during, before+128<<20)
	for _, id := range ids {
		require.Equal(t, "true", labtest.On(t, id, "cat /root/after"))
	}
	places := map[string]string{}
	l.StateFiles(t, places)
	for place, text := range places {
		require.NotContains(t, text, "stolen", place)
		if strings.HasSuffix(place, ".log") {
			require.NotContains(t, text, secret.Token("flooded", "web-1"), place)
			require.NotContains(t, text, secret.Token("other", "web-0"), place)
			require.Less(t, strings.Count(text, "was refused"), 30+int(report.Elapsed.Seconds()), place)
		}
	}
}

// awaited counts the steps that await a signal.
func awaited(s deploy.Status) int {
	n := 0
	for _, step := range s.Steps {
		if step.Name == "up" && step.State == deploy.StepRunning {
			n++
		}
	}
	return n
}

// resident is the memory of the worker, in bytes.
func resident(t *testing.T, cfg config.Config) uint64 {
	t.Helper()
	response, err := http.Get("http://" + cfg.Health.Listen + "/metrics")
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "process_resident_memory_bytes "); ok {
			bytes, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			require.NoError(t, err)
			return uint64(bytes)
		}
	}
	t.Fatal("the worker does not tell its memory")
	return 0
}
