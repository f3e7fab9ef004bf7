package e2e

import (
	"strconv"
	"testing"
	"time"

	"aiolos/lab/labtest"
)

// BenchmarkStart measures, once a run, how long a lab takes to come up: its Temporal server with a
// new database, its UI, and a worker; and how long it takes from a worker's being told to end
// until the next one is ready in its place.
func BenchmarkStart(b *testing.B) {
	labtest.NeedEngine(b)
	const base = 21800
	began := time.Now()
	l := labtest.Start(b, "benchstart", base, "--simulate", "--fleet-port", strconv.Itoa(base+6), "--ssh-port", strconv.Itoa(base+7))
	b.ReportMetric(time.Since(began).Seconds(), "lab-s")
	began = time.Now()
	l.RestartWorker(b)
	b.ReportMetric(time.Since(began).Seconds(), "worker-s")
	b.ReportMetric(0, "ns/op")
}
