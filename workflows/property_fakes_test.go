package workflows_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"aiolos/activities"
	"aiolos/deploy"
)

// fakes are the activities of a scenario: they take their time, and go as the
// scenario says. What the world is like afterwards is kept by a provider.
type fakes struct {
	c        *scenario
	seed     uint64
	provider *provider
	deeds    *activities.Deeds
	// finish has an activity end with what end returns after a while. It makes
	// the pace: simulated in the test environment, real on a server.
	finish func(ctx context.Context, after time.Duration, end func() (any, error)) (any, error)
	// note is told what happens.
	note func(event)

	mu   sync.Mutex
	plan *deploy.Plan
	did  map[string]int
}

func newFakes(c *scenario, seed uint64, note func(event)) *fakes {
	f := &fakes{c: c, seed: seed, provider: &provider{}, note: note, did: map[string]int{}}
	for _, n := range c.Existing {
		group, at := index(n)
		f.provider.existing = append(f.provider.existing, deploy.Instance{Node: n, Group: group, Index: at, ID: "old-" + n, Hostname: "pool-" + n})
	}
	f.deeds = &activities.Deeds{
		Providers: map[string]activities.Provider{"docker": f.provider}, DefaultProvider: "docker",
		UserData: func(string, deploy.NodeSpec) ([]byte, error) { return nil, nil },
	}
	return f
}

// register makes a worker, or the test environment, host the fakes.
func (f *fakes) register(r activities.Registry) {
	as := func(name string, f any) { r.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name}) }
	as("Plan", f.makePlan)
	as("Launch", f.launch)
	as("Connect", f.connect)
	as("Facts", f.facts)
	as("Find", f.deeds.Find)
	as("Terminate", f.deeds.Terminate)
	as("Announce", f.deeds.Announce)
	for _, name := range []string{"run", "gluster_pool", "gluster_volume"} {
		as(name, f.act)
		as(activities.UndoName(name), f.undo)
	}
}

// later ends an activity after a while.
func later[O any](ctx context.Context, f *fakes, key string, end func() (O, error)) (O, error) {
	var none O
	out, err := f.finish(ctx, span(f.seed, 10*time.Minute, key), func() (any, error) { return end() })
	if err != nil {
		return none, err
	}
	return out.(O), nil
}

// count says for which time something happens.
func (f *fakes) count(what string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.did[what]++
	return f.did[what]
}

func (f *fakes) makePlan(ctx context.Context, in activities.PlanInput) (*deploy.Plan, error) {
	plan, err := f.deeds.Plan(ctx, in)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.plan = plan
	f.mu.Unlock()
	return later(ctx, f, "plan", func() (*deploy.Plan, error) { return plan, nil })
}

func (f *fakes) launch(ctx context.Context, in activities.LaunchInput) (activities.LaunchResult, error) {
	fails := f.count("launch") <= f.c.LaunchFails
	result := activities.LaunchResult{}
	if !fails || f.c.LostAnswer {
		var err error
		if result, err = f.deeds.Launch(ctx, in); err != nil {
			return result, err
		}
	}
	return later(ctx, f, "launch", func() (activities.LaunchResult, error) {
		if fails {
			return activities.LaunchResult{}, failure(deploy.KindLaunch, "no machines left")
		}
		return result, nil
	})
}

func (f *fakes) connect(ctx context.Context, in activities.ConnectInput) (activities.ConnectResult, error) {
	return later(ctx, f, "connect "+in.Node.Name, func() (activities.ConnectResult, error) {
		if f.count("connect "+in.Node.Name) <= f.c.ConnectFails[in.Node.Name] {
			return activities.ConnectResult{}, failure(deploy.KindHostKey, "another machine")
		}
		return activities.ConnectResult{}, nil
	})
}

func (f *fakes) facts(ctx context.Context, in activities.FactsInput) (activities.FactsResult, error) {
	return later(ctx, f, fmt.Sprint("facts ", in.Node.Name, in.Names), func() (activities.FactsResult, error) {
		facts := map[string]any{}
		for _, name := range in.Names {
			facts[name] = name + "/" + in.Node.Name
		}
		return activities.FactsResult{Facts: facts}, nil
	})
}

// act is any step's activity.
func (f *fakes) act(ctx context.Context, in activities.ActionInput[json.RawMessage]) (activities.ActionResult, error) {
	p := f.c.step(in.Step)
	will := p.Fate[in.Node.Name]
	if int(activity.GetInfo(ctx).Attempt) <= will.Transient {
		return activities.ActionResult{}, errors.New("the node is away for a moment")
	}
	key := fmt.Sprintf("%s/%s/%d", in.Step, in.Node.Name, in.Attempt)
	return later(ctx, f, key, func() (activities.ActionResult, error) {
		if in.Attempt <= will.Fails {
			return activities.ActionResult{}, failure(will.Kind, fmt.Sprintf("%s cannot do %s", in.Node.Name, in.Step))
		}
		result := activities.ActionResult{
			Changes: []string{"did " + key}, Made: []string{"made " + key}, Facts: map[string]any{},
		}
		if p.Tells {
			result.Facts["told_"+in.Step] = told(in.Node.Name + " told_" + in.Step)
		}
		return result, nil
	})
}

// undo unmakes what a step did to a node that stays.
func (f *fakes) undo(ctx context.Context, in activities.UndoInput[json.RawMessage]) (activities.ActionResult, error) {
	var leaving []string
	for _, n := range in.Leaving {
		leaving = append(leaving, n.Name)
	}
	slices.Sort(leaving)
	stays := f.c.step(in.Step).Fate[in.Node.Name].Stays
	f.note(event{what: "undo", step: in.Step, node: in.Node.Name, attempt: in.Attempt, made: in.Made, leaving: leaving, bad: stays})
	return later(ctx, f, "undo "+in.Step+in.Node.Name, func() (activities.ActionResult, error) {
		if stays {
			return activities.ActionResult{}, failure(deploy.KindGluster, "it holds")
		}
		return activities.ActionResult{Changes: []string{"undid " + in.Step + "/" + in.Node.Name}}, nil
	})
}

// signals are the times at which nodes send signals of their own accord, in any
// order, some before they are awaited and some again and again.
func (f *fakes) signals(most time.Duration, send func(after time.Duration, node, name string)) {
	for _, p := range f.c.Steps {
		for _, n := range p.Nodes {
			will := p.Fate[n]
			if p.Action != "await" || will.Missing {
				continue
			}
			within := most
			if will.Early {
				within = time.Millisecond
			}
			for i := range 1 + will.More {
				send(span(f.seed, within, "signal", p.Name, n, i), n, p.signal())
			}
			// Somebody who is none of the deployment's, and something that nobody awaits.
			send(span(f.seed, most, "noise", p.Name, n), "nobody-7", p.signal())
		}
	}
}
