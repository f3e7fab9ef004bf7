package activities

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"aiolos/deploy"
)

// Examiner is a provider that can tell beforehand whether launches can work.
type Examiner interface {
	// Doctor looks without making anything.
	Doctor(ctx context.Context) []deploy.Finding
}

// DiagnoseInput asks for all that there is to look at.
type DiagnoseInput struct{}

// Diagnose looks whether what the worker stands on can work: its clock, what was
// wired to be checked, and each provider. What is wrong is a finding, not an error.
func (d *Deeds) Diagnose(ctx context.Context, _ DiagnoseInput) (deploy.Findings, error) {
	h := startHeart(ctx)
	defer h.stop()
	names := sortedNames(d.Providers)
	parts := make([][]deploy.Finding, 1+len(d.Checks)+len(names))
	var all sync.WaitGroup
	examine := func(part int, of string, look func() []deploy.Finding) {
		all.Go(func() {
			parts[part] = look()
			for i := range parts[part] {
				parts[part][i].Of = of
			}
		})
	}
	const worker = "worker"
	examine(0, worker, func() []deploy.Finding {
		return []deploy.Finding{itself(), clock(time.Since(activity.GetInfo(ctx).StartedTime))}
	})
	for i, check := range d.Checks {
		examine(1+i, worker, func() []deploy.Finding { return []deploy.Finding{check(ctx)} })
	}
	for i, name := range names {
		examine(1+len(d.Checks)+i, name, func() []deploy.Finding {
			if e, ok := d.Providers[name].(Examiner); ok {
				return e.Doctor(ctx)
			}
			return []deploy.Finding{deploy.Fine("provider", "configured; it has nothing to be looked at beforehand")}
		})
	}
	all.Wait()
	var found deploy.Findings
	for _, part := range parts {
		found.Findings = append(found.Findings, part...)
	}
	return found, ctx.Err()
}

// itself tells which worker it was that looked: there may be several.
func itself() deploy.Finding {
	host, err := os.Hostname()
	if err != nil {
		host = "a host without a name"
	}
	return deploy.Fine("process", "%d at %s, %s", os.Getpid(), host, runtime.Version())
}

// How far the worker's clock may be off: AWS refuses what was signed more than
// five minutes ago, or is to be.
const (
	clockWarning = 10 * time.Second
	clockFailed  = 4 * time.Minute
)

// clock judges how far the worker's clock is ahead of Temporal's.
func clock(ahead time.Duration) deploy.Finding {
	const check = "clock"
	direction := "ahead of"
	if ahead < 0 {
		ahead, direction = -ahead, "behind"
	}
	found := fmt.Sprintf("%s %s the Temporal server's", ahead.Round(time.Millisecond), direction)
	const advice = "set both clocks, such as by NTP: time-outs, and signatures of requests to AWS, depend on them"
	switch {
	case ahead >= clockFailed:
		return deploy.Wrong(check, deploy.VerdictFailed, found, advice)
	case ahead >= clockWarning:
		return deploy.Wrong(check, deploy.VerdictWarning, found, advice)
	}
	return deploy.Fine(check, "within %s of the Temporal server's", clockWarning)
}
