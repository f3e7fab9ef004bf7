package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/metric"
)

// Jobs observes jobs on nodes.
type Jobs struct {
	begun, ended metric.Int64Counter
	followed     metric.Int64UpDownCounter
	durations    metric.Float64Histogram
}

func newJobs(in instruments) *Jobs {
	return &Jobs{
		begun: in.counter(jobsBegun), ended: in.counter(jobsEnded),
		followed: in.upDown(jobsFollowed), durations: in.histogram(jobDurations),
	}
}

// Follows is told that a job is followed from now on.
func (j *Jobs) Follows() { j.followed.Add(context.Background(), 1) }

// Begun is told that the job is there, and whether it was before.
func (j *Jobs) Begun(found bool) {
	how := "started"
	if found {
		how = "found"
	}
	j.begun.Add(context.Background(), 1, labels("how", how))
}

// Ended is told how the script of a job ended that was followed, and how long it
// ran; or, by err, that it is followed no longer and why.
func (j *Jobs) Ended(exit int, seconds float64, err error) {
	j.followed.Add(context.Background(), -1)
	result := resultOf(err)
	if err == nil && exit != 0 {
		result = "exit"
	}
	j.ended.Add(context.Background(), 1, labels("result", result))
	if err == nil {
		j.durations.Record(context.Background(), seconds, labels("result", result))
	}
}
