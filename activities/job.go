package activities

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"aiolos/internal/job"
	"aiolos/internal/remote"
)

// stopGrace is how long a job may take to end by itself once it is told to.
const stopGrace = 10 * time.Second

// jobID names the job of one deliberate attempt of a step on a node. Temporal's
// own retries of the attempt compose the same ID, and so follow the job that is
// there instead of starting another.
func jobID(deployment, run, step, node string, attempt int) string {
	return fmt.Sprintf("%s.%s.%s.%s.%d", deployment, run, step, node, attempt)
}

// turnOf names what the jobs of a step on a node take turns for. One of an
// operation that was terminated may still be at work when the next operation
// comes: that one waits for it, and never runs beside it.
func turnOf(deployment, step, node string) string {
	return fmt.Sprintf("%s.%s.%s", deployment, step, node)
}

// runJob starts the job, or finds it, and follows it to its end.
func (d *Deeds) runJob(ctx context.Context, runner remote.Runner, spec job.Spec) (job.Result, error) {
	spec.Secrets = secretsOf(ctx)
	result, err := job.Run(ctx, runner, spec, func(p job.Progress) {
		say(ctx, Beat{Message: p.LastLine, Offset: p.Offset})
	})
	if ctx.Err() != nil && cancelled(ctx) {
		// The operation is over, so nobody will ever ask for this job again: it
		// must not go on changing the node. When only this worker stops, it must.
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*stopGrace)
		defer cancel()
		if err := job.Stop(stop, runner, spec.ID, stopGrace); err != nil {
			activity.GetLogger(ctx).Warn("The job could not be stopped", "job", spec.ID, "error", err)
		}
	}
	return result, err
}

// cancelled tells a cancelled activity from one whose worker is stopping.
func cancelled(ctx context.Context) bool {
	if !activity.IsActivity(ctx) {
		return false
	}
	select {
	case <-activity.GetWorkerStopChannel(ctx):
		return false
	default:
		return true
	}
}

func trimmed(b []byte) string { return strings.TrimSpace(string(b)) }
