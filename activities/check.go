package activities

import (
	"context"
	"errors"
	"io/fs"

	"go.temporal.io/sdk/activity"

	"aiolos/internal/job"
	runpuppet "aiolos/internal/puppet"
)

// CheckResult is what was found where an action was only looked at.
type CheckResult struct {
	// Differences says what the action would change, a line each.
	Differences []string `json:"differences,omitempty"`
	// NotChecked says why something could not be known without acting.
	NotChecked string `json:"not_checked,omitempty"`
}

// maxDifferences bounds what one look tells: the results of all stand in one history.
const maxDifferences = 100

// CheckName is the activity that looks at what an action would do.
func CheckName(action string) string { return action + "_check" }

// checkable completes an action by what looks at the node without changing
// anything there.
func checkable[C any](a Action, look func(*Deeds, context.Context, ActionInput[C]) (CheckResult, error)) Action {
	do := a.register
	a.CanCheck = true
	a.register = func(r Registry, d *Deeds) {
		do(r, d)
		r.RegisterActivityWithOptions(func(ctx context.Context, in ActionInput[C]) (CheckResult, error) {
			beat := startHeart(ctx)
			defer beat.stop()
			secrets, err := d.open(in.Deployment, &in.Config)
			if err != nil {
				return CheckResult{}, translate(err, in.Step, in.Node.Name)
			}
			result, err := look(d, withSecrets(withHeart(ctx, beat), secrets), in)
			return result.told(secrets), translateHidden(err, secrets, in.Step, in.Node.Name)
		}, activity.RegisterOptions{Name: CheckName(a.Name)})
	}
	return a
}

// told is the result as it may be seen: without secrets, and of bounded length.
func (r CheckResult) told(secrets []string) CheckResult {
	if len(r.Differences) > maxDifferences {
		r.Differences = append(r.Differences[:maxDifferences-1:maxDifferences-1], "and more")
	}
	for i := range r.Differences {
		r.Differences[i] = job.Mask(secrets, r.Differences[i])
	}
	return r
}

// checks is where on a node all that a check needs there lies, for its duration.
const checks job.Dir = "/var/lib/aiolos/checks"

// lookReport is the file that a job that looks at a node writes, in the job's directory.
const lookReport = runpuppet.ReportFile

// lookJob runs a job that looks at a node, and returns its report; nil where it left
// none. Nothing of it stays on the node.
func lookJob[C any](ctx context.Context, d *Deeds, in ActionInput[C], spec job.Spec, limit int) (job.Result, []byte, error) {
	runner := d.Hosts.Runner(in.Deployment, in.Node)
	spec.ID, spec.Tag = jobID(in.Deployment, in.Run, in.Step, in.Node.Name, in.Attempt), in.Step
	done, err := d.runJobIn(ctx, checks, runner, spec)
	if ctx.Err() != nil && !cancelled(ctx) {
		return done, nil, err // the next attempt follows it
	}
	var report []byte
	if err == nil {
		report, err = checks.ReadFile(ctx, runner, spec.ID, lookReport, limit)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	discard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*stopGrace)
	defer cancel()
	return done, report, errors.Join(err, checks.Discard(discard, runner, spec.ID, stopGrace))
}
