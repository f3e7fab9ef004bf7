package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
)

// This file holds every time-out and retry policy. What may be retried at all is
// decided where failures are typed, in activities/failures.go: a retry policy
// only says how often and how fast.

// heartbeatTimeout is how long the server believes in a silent activity. It is
// the time lost when a worker dies, so it is short; activities beat every second.
const heartbeatTimeout = 10 * time.Second

// defaultAwait is how long a step awaits a signal unless it says otherwise.
const defaultAwait = 10 * time.Minute

// factsPause is after how long a node is asked again for facts that it has no
// value for, when nothing has happened on it meanwhile; it doubles up to
// factsPauseMost. What usually makes a fact is a step, and after a step the node
// is asked at once.
const (
	factsPause     = 10 * time.Second
	factsPauseMost = 2 * time.Minute
)

// stallLimit is how long nothing at all may happen in a deployment in which
// steps wait for facts and none runs, before those facts are given up. It is
// looked at as often, so it may take twice as long.
const stallLimit = 5 * time.Minute

// maxInFlight bounds the activities of one deployment that are pending at once.
// The server allows 2,000 a workflow, and a fan-out without a bound stalls it.
const maxInFlight = 200

// launchBatch is how many nodes one launch asks for.
const launchBatch = 100

// planning: reading, looking, and fetching git sources. A person waits for it.
func planning() workflow.ActivityOptions { return policy(2*time.Minute, 10*time.Second, 5) }

// cloud: calls of a provider's API, which may be throttled or away for a while.
func (d *deployment) cloud() workflow.ActivityOptions {
	options := policy(15*time.Minute, 30*time.Second, 10)
	options.WaitForCancellation = d.answers
	return options
}

// boot: a machine on its way up. The activity itself waits, so a retry is for a
// worker that died.
func boot() workflow.ActivityOptions { return policy(10*time.Minute, 10*time.Second, 5) }

// reaching: a machine that is up answers soon; one that is not is worth no wait.
func reaching() workflow.ActivityOptions { return policy(45*time.Second, time.Second, 2) }

// looking: at what a step would do, which may take as long as a Puppet run without
// effect. What an attempt began, the next one follows.
func looking() workflow.ActivityOptions {
	options := policy(30*time.Minute, 10*time.Second, 5)
	options.WaitForCancellation = true
	return options
}

// quick: a few commands on a node that look before they change.
func (d *deployment) quick() workflow.ActivityOptions {
	options := policy(10*time.Minute, 10*time.Second, 10)
	options.WaitForCancellation = d.answers
	return options
}

// long: a job on a node. A job that fails is not retryable, so all attempts are
// for finding it again: after a worker's death, or while the node cannot be
// reached, for about half an hour.
func long() workflow.ActivityOptions {
	options := policy(24*time.Hour, 10*time.Second, 180)
	options.WaitForCancellation = true
	return options
}

// announcing: handing a notice over within Temporal. An operation waits for it at its
// end, so it is given up soon.
func announcing() workflow.ActivityOptions {
	options := policy(10*time.Second, 5*time.Second, 5)
	options.HeartbeatTimeout, options.ScheduleToCloseTimeout = 0, 30*time.Second
	return options
}

// delivering: one notice to one receiver, which may be away for a day.
func delivering() workflow.ActivityOptions {
	options := policy(30*time.Second, 5*time.Minute, 0)
	options.HeartbeatTimeout, options.ScheduleToCloseTimeout = 0, 24*time.Hour
	return options
}

// policy bounds one attempt by timeout, and makes up to attempts of them, with
// pauses that double from a second up to pause.
func policy(timeout, pause time.Duration, attempts int32) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		StartToCloseTimeout: timeout,
		HeartbeatTimeout:    heartbeatTimeout,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: pause, MaximumAttempts: attempts},
	}
}

// byNature gives an action its options. A timeout, where positive, bounds one
// deliberate attempt with all of Temporal's retries: a retry only goes on
// following what the attempt began, and must not give it its time anew.
func (d *deployment) byNature(n activities.Nature, timeout time.Duration) workflow.ActivityOptions {
	options := d.quick()
	if n == activities.NatureLong {
		options = long()
	}
	if timeout > 0 {
		options.StartToCloseTimeout, options.ScheduleToCloseTimeout = timeout, timeout
	}
	return options
}
