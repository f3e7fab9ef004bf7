package workflows_test

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"aiolos/deploy"
)

// scenario is a deployment that is made up: its blueprint, and all that happens
// to it but for when. When, follows from a seed alone, so that one scenario can
// be run at another pace.
type scenario struct {
	Groups    []groupCase
	Steps     []*stepCase
	Existing  []string
	OnFailure string
	// LaunchFails is how often the launch fails for good, and LostAnswer says
	// that it fails after the machines are there.
	LaunchFails int
	LostAnswer  bool
	// ConnectFails is how often a node cannot be reached for good.
	ConnectFails map[string]int
	// Abort is at which look the person ends it all; 0 means never.
	Abort         int
	AbortRollback bool
	// Cancel is when the operation is cancelled; 0 means never.
	Cancel time.Duration
}

type groupCase struct {
	Name  string
	Count int
	Facts bool
}

// stepCase is a step with what becomes of it on each node.
type stepCase struct {
	Name, On, Action string
	Nodes            []string
	Needs            []map[string]any
	Parallel         int
	Attempts         int
	Delay, Timeout   time.Duration
	// When is what the condition looks at: nothing, the node, or a fact that is
	// as wanted ("true") or not ("false").
	When, WhenOf string
	// Refers are facts that the step's configuration holds, as "node fact".
	Refers []string
	// Tells says that the step publishes a fact on each of its nodes.
	Tells bool
	Fate  map[string]*fate
}

// fate is what becomes of a step on a node.
type fate struct {
	// Fails is how many deliberate attempts fail for good, and Kind how.
	Fails int
	Kind  deploy.Kind
	// Transient is how often each attempt fails in a way that passes.
	Transient int
	// Skip says that the person skips it rather than to have it tried again.
	Skip bool
	// Missing says that the signal only comes when the person has asked for another try.
	Missing bool
	// Early says that the signal comes before the plan is known.
	Early bool
	// More is how often the signal is repeated.
	More int
	// Stays says that it cannot be undone.
	Stays bool
}

// hash is a number that follows from the parts alone.
func hash(parts ...any) uint64 {
	h := fnv.New64a()
	fmt.Fprintln(h, parts...)
	return h.Sum64()
}

// span is how long something takes, which follows from the seed and what it is.
// No two are the same, so that nothing happens at the same moment by chance.
func span(seed uint64, most time.Duration, parts ...any) time.Duration {
	h := hash(append([]any{seed}, parts...)...)
	return time.Second + time.Duration(h%uint64(most)).Round(time.Second) + time.Duration(h>>20%1_000_000)*time.Microsecond
}

func (g groupCase) nodes() []string {
	var all []string
	for i := range g.Count {
		all = append(all, fmt.Sprintf("%s-%d", g.Name, i))
	}
	return all
}

func (c *scenario) nodes() []string {
	var all []string
	for _, g := range c.Groups {
		all = append(all, g.nodes()...)
	}
	return all
}

// step returns a step by its name; nil for those that no blueprint has.
func (c *scenario) step(name string) *stepCase {
	at := slices.IndexFunc(c.Steps, func(p *stepCase) bool { return p.Name == name })
	if at < 0 {
		return nil
	}
	return c.Steps[at]
}

// index is a node's place in its group.
func index(node string) (string, int) {
	group, number, _ := strings.Cut(node, "-")
	at, _ := strconv.Atoi(number)
	return group, at
}
