package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/workflows"
)

// blueprint makes a request of the steps, for a group web of three nodes and a
// group db of one.
func blueprint(steps string) deploy.Request {
	return deploy.Request{Blueprint: "x", Source: "name: x\n" +
		"groups:\n  web: {count: 3, profile: small-x86_64}\n  db: {count: 1, profile: small-x86_64}\nsteps:\n" + steps}
}

// noted lets run succeed and notes each step on each node, by its step.
func (w *world) noted(facts map[string]map[string]any) {
	w.action("run", func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
		w.did(in.Step + " " + in.Node.Name)
		return activities.ActionResult{Facts: facts[in.Step+" "+in.Node.Name]}, nil
	})
}

// failure is what an activity returns for a failure that is not retried by itself.
func failure(kind deploy.Kind, message string) error {
	f := deploy.Failure{Kind: kind, Message: message}
	return temporal.NewApplicationErrorWithOptions(f.Error(), string(kind), temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{f}})
}

func failed(t *testing.T, err error, kind deploy.Kind, contains string) {
	t.Helper()
	var application *temporal.ApplicationError
	require.ErrorAs(t, err, &application)
	require.Equal(t, string(kind), application.Type(), application.Message())
	require.Contains(t, application.Message(), contains)
}

func TestStepsRunWhereTheyAreWanted(t *testing.T) {
	w := newWorld(t)
	w.noted(map[string]map[string]any{"tell db-0": {"choice": "1"}})
	outcome, err := w.run(t, blueprint(`
  tell:  {on: db, run: {script: x}}
  maybe: {on: "${web}", when: "${string(node.index) == db[0].choice}", run: {script: x}}
  never: {on: [web, db], when: false, run: {script: x}}
  after: {on: web, needs: [maybe], run: {script: x}}
  none:  {on: "${web.filter(n, n.index > 7)}", run: {script: x}}
  last:  {on: "web[2]", needs: [never, {step: none, of: all}], run: {script: x}}
`))
	require.NoError(t, err)
	require.Equal(t, deploy.StateDone, outcome.State)
	require.Contains(t, w.events, "maybe web-1")
	require.NotContains(t, strings.Join(w.events, "\n"), "maybe web-0")
	require.NotContains(t, strings.Join(w.events, "\n"), "never")
	for i := range 3 {
		require.Contains(t, w.events, fmt.Sprintf("after web-%d", i), "a step that was not wanted counts as done")
	}
	require.Contains(t, w.events, "last web-2")
	skipped := w.step(t, "maybe", "web-0")
	require.Equal(t, deploy.StepSkipped, skipped.State)
	require.Contains(t, skipped.Message, "not wanted")
}

func TestConditionThatIsNone(t *testing.T) {
	w := newWorld(t)
	w.noted(map[string]map[string]any{"tell db-0": {"choice": "perhaps"}})
	_, err := w.run(t, blueprint(`
  tell:  {on: db, run: {script: x}}
  maybe: {on: web, when: "${db[0].choice}", run: {script: x}}
`))
	failed(t, err, deploy.KindExpression, "its value is perhaps, and not true or false")
}

func TestQuorumIsEnough(t *testing.T) {
	w := newWorld(t)
	w.noted(nil)
	w.RegisterDelayedCallback(func() { w.signal("web-2", "up") }, time.Minute)
	w.RegisterDelayedCallback(func() { w.signal("web-0", "up") }, 2*time.Minute)
	w.RegisterDelayedCallback(func() {
		w.did("late")
		w.signal("web-1", "up")
	}, 3*time.Minute)
	_, err := w.run(t, blueprint(`
  up:     {on: web, await: {signal: up}}
  quorum: {on: db, needs: [{step: up, of: "${3 / 2 + 1}"}], run: {script: x}}
`))
	require.NoError(t, err)
	require.Less(t, slices.Index(w.events, "quorum db-0"), slices.Index(w.events, "late"))
}

// TestRollingStep: never more than one node at a time, and in their order.
func TestRollingStep(t *testing.T) {
	w := newWorld(t)
	w.OnActivity("run", mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ActionInput[activities.RunConfig]) (activities.ActionResult, error) {
			if in.Step == "before" {
				return activities.ActionResult{}, nil
			}
			w.did("begin " + in.Node.Name)
			time.Sleep(20 * time.Millisecond)
			w.did("end " + in.Node.Name)
			return activities.ActionResult{}, nil
		})
	_, err := w.run(t, blueprint("  before: {on: web, run: {script: x}}\n  restart: {on: web, needs: [{step: before, of: all}], parallel: 1, run: {script: x}}\n"))
	require.NoError(t, err)
	require.Equal(t, []string{"begin web-0", "end web-0", "begin web-1", "end web-1", "begin web-2", "end web-2"}, w.events)
}

func TestRollingStepStopsAtTheFirstFailure(t *testing.T) {
	w := newWorld(t)
	w.action("run", func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
		if in.Step == "restart" {
			w.did("restart " + in.Node.Name)
			if in.Node.Index == 1 {
				return activities.ActionResult{}, failure(deploy.KindJob, "no")
			}
		}
		return activities.ActionResult{}, nil
	})
	_, err := w.run(t, blueprint("  before: {on: web, run: {script: x}}\n  restart: {on: web, needs: [{step: before, of: all}], parallel: 1, run: {script: x}}\n"))
	failed(t, err, deploy.KindJob, "restart on web-1: no")
	require.Contains(t, w.events, "restart web-0")
	require.NotContains(t, w.events, "restart web-2")
}

func TestRetry(t *testing.T) {
	for name, c := range map[string]struct {
		kind     deploy.Kind
		failures int
		attempts int
		done     bool
	}{
		"works in the end":           {deploy.KindJob, 2, 3, true},
		"never works":                {deploy.KindJob, 9, 3, false},
		"cannot work":                {deploy.KindHostKey, 9, 1, false},
		"a definition is in the way": {deploy.KindConflict, 9, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var attempts []int
			w.action("run", func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
				attempts = append(attempts, in.Attempt)
				if len(attempts) <= c.failures {
					return activities.ActionResult{}, failure(c.kind, "no")
				}
				return activities.ActionResult{}, nil
			})
			began := w.Now()
			_, err := w.run(t, blueprint("  s: {on: db, retry: {attempts: 3, delay: 1m}, run: {script: x}}\n"))
			if c.done {
				require.NoError(t, err)
				require.GreaterOrEqual(t, w.Now().Sub(began), 2*time.Minute)
			} else {
				failed(t, err, c.kind, "s on db-0: no")
			}
			require.Len(t, attempts, c.attempts)
			for i, a := range attempts {
				require.Equal(t, i+1, a, "each attempt is a job of its own")
			}
			require.Equal(t, c.attempts, w.step(t, "s", "db-0").Attempts)
		})
	}
}

// decide sends an approval; what is answered is known once the workflow has gone on.
func (w *world) decide(a workflows.Approval) *answer {
	got := &answer{}
	w.UpdateWorkflow(workflows.ApproveUpdate, fmt.Sprint(a), got, a)
	return got
}

// answer is what became of an update.
type answer struct {
	rejected error
	done     bool
}

func (u *answer) Accept()                 {}
func (u *answer) Reject(err error)        { u.rejected = err }
func (u *answer) Complete(_ any, e error) { u.done = e == nil }

const approval = `
  ask:   {on: web, approve: {message: "Shall it go on?"}}
  after: {on: db, needs: [ask], run: {script: "by ${web[0].approved_by}"}}
`

func TestApproval(t *testing.T) {
	w := newWorld(t)
	w.noted(nil)
	var wrong []*answer
	var right *answer
	w.RegisterDelayedCallback(func() {
		require.Equal(t, "waits for approval: Shall it go on?", w.step(t, "ask", "web-2").Message)
		for _, a := range []workflows.Approval{{Step: "ask"}, {Step: "after", By: "ann"}, {Step: "x", By: "ann"}, {By: strings.Repeat("a", 201)}} {
			wrong = append(wrong, w.decide(a))
		}
	}, 24*time.Hour)
	w.RegisterDelayedCallback(func() {
		require.Equal(t, deploy.StepRunning, w.step(t, "ask", "web-0").State)
		right = w.decide(workflows.Approval{By: "ann", Comment: "looks good"})
		wrong = append(wrong, w.decide(workflows.Approval{Step: "ask", By: "bob", Reject: true}))
	}, 48*time.Hour)
	outcome, err := w.run(t, blueprint(approval))
	require.NoError(t, err)
	require.True(t, right.done)
	require.Len(t, wrong, 5)
	for i, a := range wrong {
		require.Error(t, a.rejected, i)
		require.False(t, a.done, i)
	}
	require.Contains(t, w.events, "after db-0")
	require.Contains(t, outcome.Changes, "ask approved by ann: looks good")
	require.Equal(t, "approved by ann: looks good", w.step(t, "ask", "web-1").Message)
}

func TestRejection(t *testing.T) {
	w := newWorld(t)
	w.noted(nil)
	w.RegisterDelayedCallback(func() {
		w.decide(workflows.Approval{Step: "ask", By: "ann", Reject: true, Comment: "not on a Friday"})
	}, time.Hour)
	_, err := w.run(t, blueprint(approval))
	failed(t, err, deploy.KindRejected, "rejected by ann: not on a Friday")
	require.NotContains(t, w.events, "after db-0")
}

func TestApprovalInTime(t *testing.T) {
	w := newWorld(t)
	_, err := w.run(t, blueprint("  ask: {on: db, timeout: 2h, approve: {message: x}}\n"))
	failed(t, err, deploy.KindTimeout, "nobody approved within 2h0m0s")
}

const factsWanted = `
name: x
groups:
  web: {count: 2, profile: small-x86_64, facts: [os.family, ready]}
steps:
  make: {on: web, run: {script: x}}
  use:  {on: "web[0]", run: {script: "${web.map(n, n.os.family + n.ready).join(' ')}"}}
`

// TestFactsAreAskedForWhenAStepHasEnded: what makes a fact is a step.
func TestFactsAreAskedForWhenAStepHasEnded(t *testing.T) {
	w := newWorld(t)
	made := map[string]bool{}
	var asked [][]string
	w.OnActivity("Facts", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.FactsInput) (activities.FactsResult, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		asked = append(asked, in.Names)
		facts := map[string]any{}
		if slices.Contains(in.Names, "os.family") {
			facts["os"] = map[string]any{"family": "Debian"}
		}
		if made[in.Node.Name] {
			facts["ready"] = "!"
		}
		return activities.FactsResult{Facts: facts}, nil
	})
	var script string
	w.OnActivity("run", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.ActionInput[activities.RunConfig]) (activities.ActionResult, error) {
		time.Sleep(30 * time.Millisecond)
		w.mu.Lock()
		defer w.mu.Unlock()
		if in.Step == "make" {
			made[in.Node.Name] = true
		} else {
			script = in.Config.Script
		}
		return activities.ActionResult{}, nil
	})
	began := w.Now()
	outcome, err := w.run(t, deploy.Request{Blueprint: "x", Source: factsWanted})
	require.NoError(t, err)
	require.Equal(t, "Debian! Debian!", script)
	require.Less(t, w.Now().Sub(began), 10*time.Second, "a pause was waited for")
	require.Equal(t, map[string]any{"family": "Debian"}, outcome.Nodes[1].Facts["os"])
	for _, names := range asked[2:] {
		require.Equal(t, []string{"ready"}, names, "the first value sticks")
	}
}

// TestFactsThatNobodyWaitsFor do not keep a deployment from its end.
func TestFactsThatNobodyWaitsFor(t *testing.T) {
	w := newWorld(t)
	w.noted(nil)
	w.OnActivity("Facts", mock.Anything, mock.Anything).Return(activities.FactsResult{}, nil)
	_, err := w.run(t, deploy.Request{Blueprint: "x", Source: "name: x\ngroups: {web: {count: 1, profile: small-x86_64, facts: [never]}}\nsteps: {s: {on: web, run: {script: x}}}\n"})
	require.NoError(t, err)
	require.Equal(t, "no value for never", w.step(t, "facts", "web-0").Message)
}

// TestFactsThatNothingTells: a step that waits for one is given up in the end,
// and says what it waited for.
func TestFactsThatNothingTells(t *testing.T) {
	w := newWorld(t)
	w.noted(nil)
	w.RegisterDelayedCallback(func() { w.signal("web-0", "other") }, 7*time.Minute)
	began := w.Now()
	_, err := w.run(t, blueprint("  s: {on: db, run: {script: '${web.map(n, string(n.word)).join(\"\")}'}}\n  t: {on: db, needs: [s], run: {script: x}}\n"))
	failed(t, err, deploy.KindTimeout, "s on db-0: waits for word of web-0, web-1, web-2, and nothing tells it")
	require.Greater(t, w.Now().Sub(began), 12*time.Minute, "what happened in between counts")
	require.Equal(t, deploy.StepSkipped, w.step(t, "t", "db-0").State)
}

func TestAwaitedFact(t *testing.T) {
	w := newWorld(t)
	asked := 0
	w.OnActivity("Facts", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.FactsInput) (activities.FactsResult, error) {
		require.Equal(t, []string{"glusterup"}, in.Names)
		if asked++; asked < 4 {
			return activities.FactsResult{}, nil
		}
		return activities.FactsResult{Facts: map[string]any{"glusterup": true}}, nil
	})
	_, err := w.run(t, blueprint("  up: {on: db, await: {fact: glusterup, timeout: 30m}}\n"))
	require.NoError(t, err)
	require.Equal(t, "glusterup = true", w.step(t, "up", "db-0").Message)
	require.Equal(t, 4, asked)

	w = newWorld(t)
	w.OnActivity("Facts", mock.Anything, mock.Anything).Return(activities.FactsResult{}, nil)
	_, err = w.run(t, blueprint("  up: {on: db, await: {fact: glusterup, timeout: 30m}}\n"))
	failed(t, err, deploy.KindTimeout, "db-0 did not tell glusterup within 30m")
}

// TestSecretsAreScrubbed: after each attempt of a step that had to do with a
// sensitive value, and after no other.
func TestSecretsAreScrubbed(t *testing.T) {
	w := newWorld(t)
	sealed := deploy.Sealed("AAAA")
	w.action("run", func(in activities.ActionInput[map[string]any]) (activities.ActionResult, error) {
		w.did(in.Step)
		switch {
		case in.Step == "make":
			return activities.ActionResult{Facts: map[string]any{"password": sealed, "user": "bob"}}, nil
		case in.Step == "use" && in.Attempt == 1:
			return activities.ActionResult{}, failure(deploy.KindJob, "no")
		}
		return activities.ActionResult{}, nil
	})
	w.OnActivity("Scrub", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.ScrubInput) (activities.ScrubResult, error) {
		w.did(fmt.Sprintf("scrub %s %d", in.Step, in.Attempt))
		return activities.ScrubResult{}, nil
	})
	outcome, err := w.run(t, blueprint(`
  make:  {on: db, run: {script: x, sensitive: [password]}}
  use:   {on: db, needs: [make], retry: 2, run: {script: x, env: {P: "pre ${db[0].password}"}}}
  other: {on: db, needs: [use], run: {script: x, env: {U: "${db[0].user}"}}}
`))
	require.NoError(t, err)
	var did []string
	for _, e := range w.events {
		if !strings.HasPrefix(e, "run ") {
			did = append(did, e)
		}
	}
	require.Equal(t, []string{"make", "scrub make 1", "use", "scrub use 1", "use", "scrub use 2", "other"}, did)
	require.Equal(t, sealed, outcome.Nodes[3].Facts["password"])
}

func TestSensitiveParameterInPlainText(t *testing.T) {
	w := newWorld(t)
	_, err := w.run(t, deploy.Request{Blueprint: "x", Parameters: map[string]any{"password": "hunter2"}, Source: `
name: x
parameters: {password: {type: string, sensitive: true}}
groups: {web: {count: 1, profile: small-x86_64}}
`})
	failed(t, err, deploy.KindInvalidRequest, "parameters.password")
	require.NotContains(t, err.Error(), "hunter2")
}

func TestPlanChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.provider.existing = []deploy.Instance{{Node: "storage-0", Group: "storage", Hostname: "pool-storage-0"}}
	w.RegisterWorkflow(workflows.Plan)
	w.SetStartWorkflowOptions(startOptions(workflows.PlanID("pool", "1")))
	w.ExecuteWorkflow(workflows.Plan, deploy.Request{Blueprint: "glusterfs"})
	require.NoError(t, w.GetWorkflowError())
	var preview deploy.Preview
	require.NoError(t, w.GetWorkflowResult(&preview))
	require.Equal(t, "pool", preview.Plan.Deployment)
	require.Len(t, preview.Plan.Nodes, 2)
	require.Len(t, preview.Existing, 1)
	require.Zero(t, w.provider.launches)

	w = newWorld(t)
	w.RegisterWorkflow(workflows.Plan)
	w.ExecuteWorkflow(workflows.Plan, deploy.Request{Blueprint: "glusterfs"})
	failed(t, w.GetWorkflowError(), deploy.KindInvalidRequest, "plan/DEPLOYMENT/ANYTHING")
}
