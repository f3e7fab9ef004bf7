package workflows_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aiolos/deploy"
)

// oracle goes through what happened and says, without looking at the engine,
// what could have been by then.
type oracle struct {
	c         *scenario
	plan      *deploy.Plan
	connected map[string]bool
	signalled map[string]bool
	// ended are steps on nodes that are done, or that a person skipped; running
	// those whose activity is under way, and holding those that have begun and
	// not come to a good end.
	ended, running, holding map[string]bool
	attempts                map[string]int
	// over remembers what done has found.
	over map[string]bool
	// stopped is the failure for good after which nothing may start.
	stopped string
}

// held goes through the events of a run and fails the test at the first that
// should not have been.
func (s *sim) held(t fatal) *oracle {
	o := &oracle{c: s.c, plan: s.plan, connected: map[string]bool{}, signalled: map[string]bool{}, ended: map[string]bool{},
		running: map[string]bool{}, holding: map[string]bool{}, attempts: map[string]int{}, over: map[string]bool{}}
	for i, e := range s.events {
		if wrong := o.next(e); wrong != "" {
			t.Fatalf("event %d of %d, %s of %s on %s: %s", i, len(s.events), e.what, e.step, e.node, wrong)
		}
	}
	return o
}

func on(step, node string) string { return step + "/" + node }

func (o *oracle) next(e event) string {
	key := on(e.step, e.node)
	switch e.what {
	case "connected":
		o.connected[e.node] = true
	case "signal":
		o.signalled[e.node+" "+e.step] = true
	case "skip":
		o.ended[key] = true
		delete(o.holding, key)
	case "done":
		o.ended[key] = true
		delete(o.running, key)
		delete(o.holding, key)
	case "cancelled":
		delete(o.running, key)
	case "failed":
		delete(o.running, key)
		will := o.c.step(e.step).Fate[e.node]
		if o.c.OnFailure != deploy.OnFailurePause && o.c.step(e.step).last(o.attempts[key], will.Kind) {
			o.stopped = key
		}
	case "start":
		return o.start(e, key)
	}
	return ""
}

// start says why a step should not have been started.
func (o *oracle) start(e event, key string) string {
	step := o.plan.Steps[slices.IndexFunc(o.plan.Steps, func(s deploy.Step) bool { return s.Name == e.step })]
	p := o.c.step(e.step)
	o.attempts[key]++
	switch {
	case !slices.Contains(p.Nodes, e.node):
		return "it is not for this node"
	case o.running[key]:
		return "it runs already"
	case o.ended[key]:
		return "it is done already"
	case e.attempt != o.attempts[key]:
		return fmt.Sprintf("attempt %d, and %d were made before", e.attempt, o.attempts[key]-1)
	case o.stopped != "":
		return "after " + o.stopped + " has failed for good"
	case !p.wanted(e.node):
		return "it is not wanted there"
	}
	if wrong := o.ready(step, p, e.node); wrong != "" {
		return wrong
	}
	if want := p.script(told); p.Action == "run" && e.script != want {
		return fmt.Sprintf("it says %q instead of %q", e.script, want)
	}
	o.running[key], o.holding[key] = true, true
	if step.Parallel > 0 {
		turns := 0
		for _, n := range step.Nodes {
			if o.holding[on(step.Name, n)] {
				turns++
			}
		}
		if turns > step.Parallel {
			return fmt.Sprintf("%d nodes have a turn, and %d may", turns, step.Parallel)
		}
	}
	return ""
}

// ready says what a step on a node needs and what is not there.
func (o *oracle) ready(step deploy.Step, p *stepCase, node string) string {
	if !o.connected[node] {
		return "the node was not reached"
	}
	for _, need := range step.Needs {
		if !o.met(need, node) {
			return fmt.Sprintf("it needs %s of %s", need.Step, need.Of)
		}
	}
	refs := p.Refers
	if p.WhenOf != "" {
		refs = append(slices.Clone(refs), p.WhenOf)
	}
	for _, ref := range refs {
		if !o.told(ref) {
			return "nobody has told " + ref
		}
	}
	return ""
}

// told says whether the step that tells a fact "node told_step" has ended there.
func (o *oracle) told(ref string) bool {
	node, fact, _ := strings.Cut(ref, " ")
	return o.ended[on(strings.TrimPrefix(fact, "told_"), node)]
}

// met says whether a need is fulfilled.
func (o *oracle) met(need deploy.Need, node string) bool {
	needed := o.plan.Steps[slices.IndexFunc(o.plan.Steps, func(s deploy.Step) bool { return s.Name == need.Step })]
	if need.Of == deploy.NeedOwn {
		return o.done(needed, node)
	}
	least := len(needed.Nodes)
	if need.Of == deploy.NeedAny {
		least = 1
	} else if number, err := strconv.Atoi(need.Of); err == nil {
		least = number
	}
	count := 0
	for _, n := range needed.Nodes {
		if o.done(needed, n) {
			count++
		}
	}
	return count >= least
}

// done says whether a step on a node can have come to a good end. What is no
// activity is done as soon as all that it waits for is there.
func (o *oracle) done(step deploy.Step, node string) bool {
	key := on(step.Name, node)
	p := o.c.step(step.Name)
	switch {
	case o.ended[key] || o.over[key]:
		return true
	case p.wanted(node) && p.Action != "await", o.ready(step, &stepCase{WhenOf: p.WhenOf}, node) != "":
		return false
	case p.wanted(node) && !o.signalled[node+" "+p.signal()]:
		return false
	}
	o.over[key] = true
	return true
}

// end checks how a run has ended that nobody stopped: everything is done that is wanted.
func (o *oracle) end(status deploy.Status) string {
	if status.State != deploy.StateDone || len(status.Failures) > 0 {
		return fmt.Sprintf("it has ended as %s: %v", status.State, status.Failures)
	}
	for _, s := range status.Steps {
		want := deploy.StepDone
		if p := o.c.step(s.Name); p != nil && (!p.wanted(s.Node) || (p.Fate[s.Node].Skip && s.State != deploy.StepDone && s.Message == "skipped by ann")) {
			want = deploy.StepSkipped
		}
		if s.State != want {
			return fmt.Sprintf("%s on %s is %s, and not %s: %s", s.Name, s.Node, s.State, want, s.Message)
		}
	}
	return ""
}
