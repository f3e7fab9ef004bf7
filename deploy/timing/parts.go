package timing

import (
	"strings"
	"time"
)

// The actions that wait for the world and have no activity.
const (
	actionAwait   = "await"
	actionApprove = "approve"
)

// divide says what went on in a task from its beginning to its end. Its needs have to be known.
func (c *course) divide(t *task) {
	if t.timeless {
		return
	}
	// Attempts of the blueprint's are activities of their own, and status tells the last
	// one's beginning only. What was before the needs were done was in another life of the
	// node, or of the deployment.
	deeds, from := t.deeds, min(t.started, t.ended)
	for len(deeds) > 0 && c.since(deeds[0].Scheduled) < t.ready {
		deeds = deeds[1:]
	}
	if len(deeds) > 0 {
		from = min(from, max(c.since(deeds[0].Scheduled), t.ready))
	}
	d := divider{at: from, end: t.ended, t: t}
	if len(deeds) == 0 {
		kind := Working
		if t.step != nil && (t.step.Action == actionAwait || t.step.Action == actionApprove) {
			kind = Awaiting
		}
		d.until(t.ended, kind)
		return
	}
	last := len(deeds) - 1
	for last > 0 && strings.HasPrefix(deeds[last].ID, "scrub/") {
		last--
	}
	for i, deed := range deeds {
		// Between attempts is a pause, or a person's decision.
		between, waits, works := Engine, Worker, Working
		if i > 0 && i <= last && t.Step != StepRollback {
			between = Again
		}
		if i < last && t.Step != StepRollback {
			waits, works = Again, Again
		}
		if deed.Attempts > 1 {
			waits = Again
		}
		d.until(c.since(deed.Scheduled), between)
		if deed.Started.IsZero() {
			d.until(t.ended, waits)
			continue
		}
		d.until(c.since(deed.Started), waits)
		if deed.Ended.IsZero() {
			d.until(t.ended, works)
			continue
		}
		d.until(c.since(deed.Ended), works)
	}
	d.until(t.ended, Engine)
}

// divider divides a task's time from its beginning on.
type divider struct {
	at, end time.Duration
	t       *task
}

// until says what went on up to a moment.
func (d *divider) until(to time.Duration, kind Kind) {
	to = min(to, d.end)
	if to < d.at || (to == d.at && len(d.t.parts) > 0) {
		return
	}
	if to == d.at && to != d.end {
		return // nothing yet
	}
	d.t.parts = append(d.t.parts, Stretch{kind, Took(d.at), Took(to)})
	if kind.Work() {
		d.t.worked += to - d.at
	}
	d.at = to
}
