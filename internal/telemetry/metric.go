package telemetry

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/metric"
)

// Sort says how a metric is to be read.
type Sort string

// The sorts of metrics.
const (
	Counter   Sort = "counter"   // only rises, until the worker starts again
	Gauge     Sort = "gauge"     // how many there are now
	Histogram Sort = "histogram" // how long things took, by buckets
)

// Metric describes one metric of Aiolos's own.
type Metric struct {
	// Name is OpenTelemetry's; Prometheus's is Exported.
	Name string
	Sort Sort
	// Unit is "s", or what is counted, in braces, as UCUM has it.
	Unit string
	// Labels name what it is told apart by. Each has few values: no name of a
	// deployment or a node is among them.
	Labels []string
	// About says what it tells, in a sentence.
	About string
}

// Exported is the metric's name as Prometheus sees it, without the suffixes of a
// histogram's series.
func (m Metric) Exported() string {
	name := strings.ReplaceAll(m.Name, ".", "_")
	if m.Unit == "s" {
		name += "_seconds"
	}
	if m.Sort == Counter {
		name += "_total"
	}
	return name
}

// What the worker tells about itself.
var (
	sshConnections = Metric{"aiolos.ssh.connections", Gauge, "{connection}", nil, "SSH connections that are open, to bastions as well."}
	sshDials       = Metric{"aiolos.ssh.dial.duration", Histogram, "s", []string{"result"}, "Attempts to connect to a node and to log in. One that boots is tried again and again, so that results other than ok are usual after a launch."}
	sshCommands    = Metric{"aiolos.ssh.command.duration", Histogram, "s", []string{"result"}, "Commands run over SSH. One that follows a job takes as long as the job. An exit code other than 0 is ok: the command ran."}
	sshRunning     = Metric{"aiolos.ssh.commands", Gauge, "{command}", nil, "Commands that run over SSH now."}

	jobsBegun    = Metric{"aiolos.jobs.begun", Counter, "{job}", []string{"how"}, "Jobs on nodes that were taken up: started, or found, which means that an attempt before had started them."}
	jobsFollowed = Metric{"aiolos.jobs", Gauge, "{job}", nil, "Jobs on nodes that are followed now."}
	jobsEnded    = Metric{"aiolos.jobs.ended", Counter, "{job}", []string{"result"}, "Jobs that are no longer followed: ok; exit, an exit code other than 0; or why the end is unknown."}
	jobDurations = Metric{"aiolos.job.duration", Histogram, "s", []string{"result"}, "How long the scripts of jobs ran, by the node's clock."}

	providerCalls = Metric{"aiolos.provider.call.duration", Histogram, "s", []string{"provider", "operation", "result"}, "Calls of a provider: find, launch, terminate. A call may stand for several of the provider's API."}

	gatewaySignals = Metric{"aiolos.gateway.signals", Counter, "{signal}", []string{"result"}, "Signals that nodes sent: accepted, or why not."}

	deployments = Metric{"aiolos.deployments", Gauge, "{deployment}", []string{"state"}, "Operations on deployments by state, as Temporal's visibility has them: those under way, and those that ended and are kept still. Counted at most every 30 seconds; absent while Temporal does not answer."}

	deliveries = Metric{"aiolos.notification.delivery.duration", Histogram, "s", []string{"endpoint", "result"}, "Attempts to deliver a notification: ok; refused, an answer other than 2xx; unreachable, none at all."}
)

// All returns every metric of Aiolos's own, sorted by name. Beside them the worker
// tells those of the Temporal SDK, of Go's runtime and of the process.
func All() []Metric {
	all := []Metric{
		sshConnections, sshDials, sshCommands, sshRunning,
		jobsBegun, jobsFollowed, jobsEnded, jobDurations,
		providerCalls, gatewaySignals, deployments, deliveries,
	}
	slices.SortFunc(all, func(a, b Metric) int { return strings.Compare(a.Exported(), b.Exported()) })
	return all
}

// instruments makes what is recorded with. An instrument that cannot be made is a
// mistake in the description.
type instruments struct{ meter metric.Meter }

func (i instruments) counter(m Metric) metric.Int64Counter {
	c, err := i.meter.Int64Counter(m.Name, metric.WithUnit(m.Unit), metric.WithDescription(m.About))
	return must(c, err)
}

func (i instruments) upDown(m Metric) metric.Int64UpDownCounter {
	c, err := i.meter.Int64UpDownCounter(m.Name, metric.WithUnit(m.Unit), metric.WithDescription(m.About))
	return must(c, err)
}

func (i instruments) histogram(m Metric) metric.Float64Histogram {
	h, err := i.meter.Float64Histogram(m.Name, metric.WithUnit(m.Unit), metric.WithDescription(m.About))
	return must(h, err)
}

func must[T any](instrument T, err error) T {
	if err != nil {
		panic(err)
	}
	return instrument
}
