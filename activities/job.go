package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

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
	return d.runJobIn(ctx, job.Root, runner, spec)
}

func (d *Deeds) runJobIn(ctx context.Context, dir job.Dir, runner remote.Runner, spec job.Spec) (job.Result, error) {
	spec.Secrets = secretsOf(ctx)
	result, err := d.followed(func(begun func(bool)) (job.Result, error) {
		return dir.Run(ctx, runner, spec, func(p job.Progress) {
			begun(p.Found)
			if p.LastLine != "" {
				say(ctx, Beat{Message: p.LastLine, Offset: p.Offset})
			}
		})
	})
	if ctx.Err() != nil && cancelled(ctx) {
		// Nobody will ever ask for this job again: it must not go on changing the node.
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*stopGrace)
		defer cancel()
		if err := dir.Stop(stop, runner, spec.ID, stopGrace); err != nil {
			activity.GetLogger(ctx).Warn("The job could not be stopped", "job", spec.ID, "error", err)
		}
	}
	return result, err
}

// followed tells the observer of a job while it is followed.
func (d *Deeds) followed(run func(begun func(found bool)) (job.Result, error)) (job.Result, error) {
	if d.Jobs == nil {
		return run(func(bool) {})
	}
	d.Jobs.Follows()
	// Where the node was asked twice, the first answer tells whether the job was there.
	var once sync.Once
	result, err := run(func(found bool) { once.Do(func() { d.Jobs.Begun(found) }) })
	d.Jobs.Ended(result.Exit, result.Seconds, err)
	return result, err
}

// cancelled tells an activity that was cancelled, or whose time is up, from an
// attempt that the server has given up, as after a minute in which the worker stood
// still or Temporal was away, and from one whose worker is stopping. The jobs of
// those go on: another attempt follows them by now, or will; if their operation was
// terminated, it finds them when it is taken up.
func cancelled(ctx context.Context) bool {
	if !activity.IsActivity(ctx) {
		return false
	}
	return temporal.IsCanceledError(context.Cause(ctx)) || errors.Is(context.Cause(ctx), context.DeadlineExceeded)
}

func trimmed(b []byte) string { return strings.TrimSpace(string(b)) }
