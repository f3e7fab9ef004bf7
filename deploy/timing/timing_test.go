package timing_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/deploy/timing"
)

var began = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// at is a moment in seconds after the operation's beginning.
func at(seconds float64) time.Time {
	return began.Add(time.Duration(seconds * float64(time.Second)))
}

func took(seconds float64) timing.Took { return timing.Took(seconds * float64(time.Second)) }

// on is a step on a node that is done.
func on(step, node string, from, to float64) deploy.StepStatus {
	started, finished := at(from), at(to)
	return deploy.StepStatus{Name: step, Node: node, State: deploy.StepDone, Attempts: 1, Started: &started, Finished: &finished}
}

func deed(id string, scheduled, started, ended float64) timing.Deed {
	return timing.Deed{ID: id, Scheduled: at(scheduled), Started: at(started), Ended: at(ended), Attempts: 1}
}

// two is the plan of a deployment of two nodes: each is configured, waits for its own
// signal, and then one makes the pool of both.
func two() *deploy.Plan {
	return &deploy.Plan{
		Deployment: "demo", Blueprint: "pool",
		Nodes: []deploy.NodeSpec{{Name: "s-0", Group: "s"}, {Name: "s-1", Group: "s", Index: 1}},
		Steps: []deploy.Step{
			{Name: "configure", Nodes: []string{"s-0", "s-1"}, Action: "puppet", Track: 0},
			{Name: "up", Nodes: []string{"s-0", "s-1"}, Needs: []deploy.Need{{Step: "configure", Of: "own"}}, Action: "await", Track: 0},
			{Name: "pool", Nodes: []string{"s-0"}, Needs: []deploy.Need{{Step: "up", Of: "all"}}, Action: "gluster_pool", Track: 1},
		},
	}
}

// usual is how it goes usually: the second node is the slower one.
func usual() timing.Record {
	return timing.Record{
		Status: deploy.Status{Deployment: "demo", State: deploy.StateDone, Steps: []deploy.StepStatus{
			on("launch", "s-0", 0.5, 2), on("launch", "s-1", 0.5, 2), on("connect", "s-0", 2, 3), on("connect", "s-1", 2, 4),
			on("configure", "s-0", 3, 6), on("configure", "s-1", 4, 9), on("up", "s-0", 6, 6.5), on("up", "s-1", 9, 9.25),
			on("pool", "s-0", 9.25, 10),
		}},
		Plan: two(),
		Deeds: []timing.Deed{
			deed("plan", 0.125, 0.25, 0.5), deed("launch/0", 0.5, 0.75, 2), deed("connect/s-0", 2, 2, 3), deed("connect/s-1", 2, 2, 4),
			deed("configure/s-0", 3, 3, 6), deed("configure/s-1", 4.25, 5.25, 8.5), deed("pool/s-0", 9.25, 9.25, 10),
		},
		Began: began, Ended: at(10.5),
	}
}

func TestUsual(t *testing.T) {
	got := timing.Of(usual())
	require.Equal(t, took(10.5), got.Wall)
	require.Equal(t, 2, got.Nodes)
	type leg struct {
		step, node string
		kind       timing.Kind
		from, to   float64
		why        timing.Reason
	}
	var legs []leg
	for _, l := range got.Path {
		legs = append(legs, leg{l.Step, l.Node, l.Kind, l.From.Seconds(), l.To.Seconds(), l.Why})
	}
	require.Equal(t, []leg{
		{"plan", "", timing.Engine, 0, 0.125, ""},
		{"plan", "", timing.Worker, 0.125, 0.25, ""},
		{"plan", "", timing.Working, 0.25, 0.5, ""},
		{"launch", "s-1", timing.Worker, 0.5, 0.75, timing.Need},
		{"launch", "s-1", timing.Working, 0.75, 2, ""},
		{"connect", "s-1", timing.Working, 2, 4, timing.Need},
		{"configure", "s-1", timing.Engine, 4, 4.25, timing.Need},
		{"configure", "s-1", timing.Worker, 4.25, 5.25, ""},
		{"configure", "s-1", timing.Working, 5.25, 8.5, ""},
		{"configure", "s-1", timing.Engine, 8.5, 9, ""},
		{"up", "s-1", timing.Awaiting, 9, 9.25, timing.Need},
		{"pool", "s-0", timing.Working, 9.25, 10, timing.Need},
		{"", "", timing.Engine, 10, 10.5, ""},
	}, legs)
	// 0.25 plan, 1.25 launch, 2 connect, 3.25 configure, 0.25 up, 0.75 pool.
	require.Equal(t, took(7.75), got.Bound)
	require.Equal(t, took(7.75), got.Working())
	require.InDelta(t, 10.5/7.75, got.Ratio(), 1e-9)
	require.Equal(t, timing.Link{Place: timing.Place{Step: "configure", Node: "s-1"}, Took: took(3.25)}, got.BoundPath[3])
	require.Equal(t, timing.StepTiming{
		Step: "configure", Nodes: 2, Ended: 2, From: took(3), To: took(9),
		Work:  timing.Spread{Median: took(3), P95: took(3.25), Most: took(3.25)},
		Waits: timing.Spread{P95: took(1.75), Most: took(1.75)},
		Path:  took(5), PathWork: took(3.25), Share: 5 / 10.5,
	}, got.Steps[3])
}

// TestReleased holds why a step began when it did against what had just ended.
func TestReleased(t *testing.T) {
	base := func(parallel int, config string, steps ...deploy.StepStatus) timing.Record {
		return timing.Record{
			Status: deploy.Status{Steps: steps},
			Plan: &deploy.Plan{Steps: []deploy.Step{
				{Name: "a", Nodes: []string{"s-0", "s-1"}, Action: "run", Parallel: parallel, Track: 0},
				{Name: "b", Nodes: []string{"s-0", "s-1"}, Action: "run", Track: 0, Config: []byte(config)},
			}},
			Began: began, Ended: at(10),
		}
	}
	for name, c := range map[string]struct {
		r    timing.Record
		want timing.Reason
		by   timing.Place
		held timing.Took
	}{
		"turn":        {base(1, "", on("a", "s-0", 0, 4), on("a", "s-1", 4, 10)), timing.Turn, timing.Place{Step: "a", Node: "s-0"}, 0},
		"late turn":   {base(1, "", on("a", "s-0", 0, 4), on("a", "s-1", 5, 10)), timing.Turn, timing.Place{Step: "a", Node: "s-0"}, took(1)},
		"track":       {base(0, "", on("a", "s-0", 0, 4), on("b", "s-0", 4, 10)), timing.Order, timing.Place{Step: "a", Node: "s-0"}, 0},
		"fact":        {base(0, `"${s[0].x}"`, on("a", "s-0", 0, 4), on("b", "s-1", 4, 10)), timing.Fact, timing.Place{Step: "a", Node: "s-0"}, 0},
		"slot":        {base(0, "", on("a", "s-0", 0, 4), on("b", "s-1", 4, 10)), timing.Slot, timing.Place{Step: "a", Node: "s-0"}, 0},
		"launches":    {base(0, "", on("launch", "s-0", 0, 2), on("launch", "s-1", 2, 4), on("connect", "s-0", 4, 10)), timing.Order, timing.Place{Step: "launch", Node: "s-1"}, 0},
		"its own one": {base(0, "", on("launch", "s-0", 0, 2), on("connect", "s-0", 4, 10)), timing.Need, timing.Place{Step: "launch", Node: "s-0"}, took(2)},
	} {
		t.Run(name, func(t *testing.T) {
			path := timing.Of(c.r).Path
			last := path[len(path)-1]
			if c.held > 0 {
				last = path[len(path)-2]
				require.Equal(t, timing.Held, last.Kind)
				require.Equal(t, c.held, last.Took())
			}
			require.NotNil(t, last.After)
			require.Equal(t, c.by, *last.After)
			require.Equal(t, c.want, last.Why)
		})
	}
}

// TestAttempts takes what came to nothing for no work: attempts of Temporal's, and of the blueprint's.
func TestAttempts(t *testing.T) {
	r := timing.Record{
		Status: deploy.Status{Steps: []deploy.StepStatus{on("a", "s-0", 4, 10)}},
		Deeds: []timing.Deed{
			deed("a/s-0", 0, 0, 1), // failed, a pause
			{ID: "a/s-0", Scheduled: at(4), Started: at(7), Ended: at(9), Attempts: 3},
			deed("scrub/a/s-0", 9, 9.25, 9.5),
		},
		Began: began, Ended: at(10),
	}
	got := timing.Of(r)
	require.Equal(t, []timing.Share{
		{Kind: timing.Working, Took: took(2.25), Of: 0.225}, {Kind: timing.Again, Took: took(7), Of: 0.7},
		{Kind: timing.Worker, Took: took(0.25), Of: 0.025}, {Kind: timing.Engine, Took: took(0.5), Of: 0.05},
	}, got.Shares)
	require.Equal(t, took(2.25), got.Bound)
}

// TestRolling bounds a step that runs on one node at a time by the sum of all.
func TestRolling(t *testing.T) {
	steps := []deploy.StepStatus{on("connect", "s-0", 0, 1), on("connect", "s-1", 0, 1), on("connect", "s-2", 0, 1)}
	steps = append(steps, on("a", "s-1", 1, 3), on("a", "s-0", 4, 6), on("a", "s-2", 6, 9))
	plan := &deploy.Plan{Steps: []deploy.Step{{Name: "a", Nodes: []string{"s-0", "s-1", "s-2"}, Action: "run", Parallel: 1}}}
	got := timing.Of(timing.Record{Status: deploy.Status{Steps: steps}, Plan: plan, Began: began, Ended: at(9)})
	require.Equal(t, took(8), got.Bound)
	require.Equal(t, took(8), got.Working())
	require.Len(t, got.BoundPath, 4)
	plan.Steps[0].Parallel = 2
	require.Equal(t, took(6), timing.Of(timing.Record{Status: deploy.Status{Steps: steps}, Plan: plan, Began: began, Ended: at(9)}).Bound)
}

// TestSkipped goes through a step that was not wanted to what it needed itself.
func TestSkipped(t *testing.T) {
	plan := two()
	r := usual()
	r.Plan = plan
	for i := range r.Status.Steps {
		if s := &r.Status.Steps[i]; s.Name == "up" {
			s.State, s.Started, s.Finished = deploy.StepSkipped, nil, nil
		}
	}
	got := timing.Of(r)
	last := got.Path[len(got.Path)-3]
	require.Equal(t, timing.Held, last.Kind, "that the step was not wanted is no work")
	require.Equal(t, &timing.Place{Step: "configure", Node: "s-1"}, last.After)
	require.Equal(t, took(7.5), got.Bound)
}

// TestEnough bounds a step that needs another on some nodes only.
func TestEnough(t *testing.T) {
	for of, want := range map[string]float64{"any": 3, "1": 3, "2": 5, "3": 9, "all": 9} {
		steps := []deploy.StepStatus{on("a", "s-0", 0, 4), on("a", "s-1", 0, 2), on("a", "s-2", 0, 8), on("b", "s-0", 8, 9)}
		plan := &deploy.Plan{Steps: []deploy.Step{{Name: "a", Action: "run"}, {Name: "b", Action: "run", Needs: []deploy.Need{{Step: "a", Of: of}}}}}
		got := timing.Of(timing.Record{Status: deploy.Status{Steps: steps}, Plan: plan, Began: began, Ended: at(9)})
		path := got.BoundPath
		if want < 9 {
			// The third node, which nobody waits for, takes longer by itself.
			require.Equal(t, took(8), got.Bound, of)
			continue
		}
		require.Equal(t, took(want), got.Bound, of)
		require.Equal(t, "b", path[len(path)-1].Step)
	}
}

func TestRunning(t *testing.T) {
	r := usual()
	r.Running, r.Ended = true, at(5)
	r.Status.Steps = r.Status.Steps[:6]
	for _, i := range []int{4, 5} {
		r.Status.Steps[i].State, r.Status.Steps[i].Finished = deploy.StepRunning, nil
	}
	r.Deeds = r.Deeds[:6]
	r.Deeds[4] = timing.Deed{ID: "configure/s-0", Scheduled: at(3), Started: at(3)}
	r.Deeds[5] = timing.Deed{ID: "configure/s-1", Scheduled: at(4)}
	got := timing.Of(r)
	last := got.Path[len(got.Path)-1]
	require.Equal(t, timing.Place{Step: "configure", Node: "s-1"}, last.Place)
	require.Equal(t, timing.Worker, last.Kind, "it has waited for a worker until now")
	require.Equal(t, took(5), last.To)
	require.Equal(t, took(4.5), got.Bound, "the other node: 0.25 + 1.25 + 1, and 2 until now")
}

func TestNothing(t *testing.T) {
	got := timing.Of(timing.Record{Began: began, Ended: at(1)})
	require.Len(t, got.Path, 1)
	require.Equal(t, []timing.Share{{Kind: timing.Engine, Took: took(1), Of: 1}}, got.Shares)
	require.Zero(t, got.Bound)
	require.Zero(t, got.Ratio())
	timing.Of(timing.Record{Began: at(1), Ended: began})
}

func TestJSON(t *testing.T) {
	want := timing.Of(usual())
	text, err := json.Marshal(want)
	require.NoError(t, err)
	require.Contains(t, string(text), `"wall_seconds":10.5,"bound_seconds":7.75`)
	require.Contains(t, string(text), `{"step":"configure","node":"s-1","kind":"worker","from_seconds":4.25,"to_seconds":5.25}`)
	var got timing.Timing
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, want, got)
}

// TestUntold takes steps that a status has no room for from what activities tell.
func TestUntold(t *testing.T) {
	whole, folded := usual(), usual()
	var awaited []deploy.StepStatus
	for _, s := range folded.Status.Steps {
		if s.Name == "up" {
			awaited = append(awaited, s)
		}
	}
	folded.Status.Steps = awaited
	folded.Deeds = append(folded.Deeds, deed("announce/1", 10, 10, 10.25))
	want, got := timing.Of(whole), timing.Of(folded)
	require.Equal(t, want.Bound, got.Bound)
	require.Equal(t, want.Working(), got.Working())
	require.Len(t, got.Spans, len(want.Spans))
	for i := range want.Steps {
		require.Equal(t, want.Steps[i].Step, got.Steps[i].Step)
		require.Equal(t, want.Steps[i].Work, got.Steps[i].Work)
	}
}
