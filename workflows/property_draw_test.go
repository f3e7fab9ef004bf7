package workflows_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"aiolos/deploy"
)

// kinds are those of failures for good: some are worth a deliberate retry, and some not.
func kinds() []deploy.Kind {
	return []deploy.Kind{deploy.KindJob, deploy.KindJob, deploy.KindPuppet, deploy.KindConflict, deploy.KindHostKey}
}

// shape says which scenarios are wanted.
type shape struct {
	onFailure []string
	// abort, cancel and parallel say what may be in it.
	abort, cancel, parallel bool
	// gluster adds steps that can be undone, and more of them and of nodes that
	// were there before where tied.
	gluster, tied bool
}

// scenarios generates them.
func scenarios(s shape) *rapid.Generator[*scenario] {
	return rapid.Custom(s.draw)
}

func one(t *rapid.T, n int, what string) bool { return rapid.IntRange(1, n).Draw(t, what) == n }

func (s shape) draw(t *rapid.T) *scenario {
	c := &scenario{OnFailure: rapid.SampledFrom(s.onFailure).Draw(t, "on_failure"), ConnectFails: map[string]int{}}
	for i := range rapid.IntRange(1, 3).Draw(t, "groups") {
		c.Groups = append(c.Groups, groupCase{
			Name: fmt.Sprintf("g%d", i), Count: rapid.IntRange(1, 6).Draw(t, "count"), Facts: one(t, 4, "facts"),
		})
	}
	existing := 4
	if s.tied {
		existing = 2
	}
	for _, n := range c.nodes() {
		if one(t, existing, "exists") {
			c.Existing = append(c.Existing, n)
		}
		if one(t, 20, "unreachable") {
			c.ConnectFails[n] = 1
		}
	}
	if one(t, 15, "launch fails") {
		c.LaunchFails, c.LostAnswer = 1, rapid.Bool().Draw(t, "answer lost")
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "steps") {
		c.Steps = append(c.Steps, s.step(t, c, fmt.Sprintf("s%d", i)))
	}
	if s.abort && one(t, 2, "abort") {
		c.Abort, c.AbortRollback = rapid.IntRange(1, 3).Draw(t, "abort at"), rapid.Bool().Draw(t, "abort with rollback")
	}
	if s.cancel && one(t, 2, "cancel") {
		c.Cancel = time.Duration(rapid.Int64Range(1, int64(90*time.Minute)).Draw(t, "cancel at"))
	}
	return c
}

func (s shape) step(t *rapid.T, c *scenario, name string) *stepCase {
	actions := []string{"run", "run", "run", "await"}
	if s.gluster {
		actions = []string{"run", "gluster_pool", "gluster_volume", "await"}
	}
	if s.tied {
		actions = actions[:3]
	}
	p := &stepCase{Name: name, Action: rapid.SampledFrom(actions).Draw(t, "action"), Timeout: time.Hour, Fate: map[string]*fate{}}
	p.On, p.Nodes = c.on(t)
	p.Tells = p.Action == "run" && rapid.Bool().Draw(t, "tells")
	for _, other := range c.Steps {
		if one(t, 3, "needs") {
			p.Needs = append(p.Needs, need(t, p, other))
		}
		if other.Tells && p.Action == "run" && one(t, 4, "refers") {
			p.Refers = append(p.Refers, rapid.SampledFrom(other.Nodes).Draw(t, "to")+" told_"+other.Name)
		}
		if other.Tells && !p.Tells && p.When == "" && one(t, 5, "when of a fact") {
			p.When = rapid.SampledFrom([]string{"true", "false"}).Draw(t, "when")
			p.WhenOf = rapid.SampledFrom(other.Nodes).Draw(t, "when of") + " told_" + other.Name
		}
	}
	if p.When == "" && !p.Tells && one(t, 6, "when of the node") {
		p.When = "node"
	}
	if s.parallel && one(t, 3, "rolling") {
		p.Parallel = rapid.IntRange(1, 3).Draw(t, "parallel")
	}
	if one(t, 3, "retries") {
		p.Attempts = rapid.IntRange(1, 3).Draw(t, "attempts")
		p.Delay = time.Duration(rapid.IntRange(1, 120).Draw(t, "delay")) * time.Second
	}
	for _, n := range p.Nodes {
		f := &fate{Kind: rapid.SampledFrom(kinds()).Draw(t, "kind"), More: rapid.IntRange(0, 2).Draw(t, "more")}
		if one(t, 6, "fails") {
			f.Fails = rapid.IntRange(1, 4).Draw(t, "times")
		}
		if one(t, 6, "transient") {
			f.Transient = rapid.IntRange(1, 2).Draw(t, "times")
		}
		f.Skip = !p.Tells && one(t, 3, "skip")
		f.Missing, f.Early, f.Stays = one(t, 6, "missing"), one(t, 4, "early"), one(t, 8, "stays")
		p.Fate[n] = f
	}
	return p
}

// on draws where a step runs.
func (c *scenario) on(t *rapid.T) (string, []string) {
	g := rapid.SampledFrom(c.Groups).Draw(t, "on")
	switch rapid.IntRange(0, 4).Draw(t, "which of them") {
	case 0:
		i := rapid.IntRange(0, g.Count-1).Draw(t, "index")
		return fmt.Sprintf("%s[%d]", g.Name, i), g.nodes()[i : i+1]
	case 1:
		k := rapid.IntRange(1, g.Count).Draw(t, "how many")
		return fmt.Sprintf("${%s.filter(n, n.index < %d)}", g.Name, k), g.nodes()[:k]
	}
	return g.Name, g.nodes()
}

// need draws on how many nodes another step has to be done.
func need(t *rapid.T, p, other *stepCase) map[string]any {
	n := map[string]any{"step": other.Name}
	within := !slices.ContainsFunc(p.Nodes, func(node string) bool { return !slices.Contains(other.Nodes, node) })
	switch rapid.IntRange(0, 4).Draw(t, "of") {
	case 0:
		n["of"] = "all"
	case 1:
		n["of"] = "any"
	case 2:
		n["of"] = rapid.IntRange(1, len(other.Nodes)).Draw(t, "count")
	case 3:
		if within {
			n["of"] = "own"
		}
	}
	return n
}
