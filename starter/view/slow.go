package view

import (
	"slices"
	"time"

	"aiolos/deploy"
)

// A step runs slowly when it takes slowFactor times as long as on most of at least
// slowAfter nodes that have done it, and slowLeast at least.
const (
	slowFactor = 2
	slowAfter  = 3
	slowLeast  = 10 * time.Second
)

// usualTimes are how long each step took on most nodes, where enough have done it.
func usualTimes(s *deploy.Status) map[string]time.Duration {
	times := map[string][]time.Duration{}
	for i := range s.Steps {
		if step := &s.Steps[i]; step.State == deploy.StepDone && step.Started != nil && step.Finished != nil {
			times[step.Name] = append(times[step.Name], took(step, *step.Finished))
		}
	}
	usual := map[string]time.Duration{}
	for name, all := range times {
		if len(all) >= slowAfter {
			slices.Sort(all)
			usual[name] = all[len(all)/2]
		}
	}
	return usual
}

// isSlow tells whether a running step takes much longer than elsewhere.
func isSlow(step *deploy.StepStatus, now time.Time, usual map[string]time.Duration) bool {
	most, known := usual[step.Name]
	_, asks := step.ApprovalAwaited()
	return known && !asks && step.State == deploy.StepRunning && took(step, now) > max(slowFactor*most, slowLeast)
}
