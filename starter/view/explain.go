package view

import (
	"fmt"
	"slices"
	"strings"

	"aiolos/deploy"
)

// mostExplained bounds for how many nodes of a step it is told what it waits for.
const mostExplained = 20

// explainer says what each step of a plan waits for.
type explainer struct {
	plan      *deploy.Plan
	evaluator *deploy.Evaluator
	existing  map[string]deploy.Instance
	hostnames map[string]string
}

func newExplainer(preview deploy.Preview, actions []deploy.ActionType) (*explainer, error) {
	e := &explainer{plan: preview.Plan, existing: map[string]deploy.Instance{}, hostnames: map[string]string{}}
	for _, i := range preview.Existing {
		e.existing[i.Node] = i
	}
	for _, n := range preview.Plan.Nodes {
		e.hostnames[n.Name] = n.Hostname
	}
	var err error
	e.evaluator, err = preview.Plan.Evaluator(actions)
	return e, err
}

// Fact tells what is known once the nodes are launched; all else, steps wait for.
func (e *explainer) Fact(node, name string) (any, bool) {
	switch name {
	case "hostname":
		return e.hostnames[node], true
	case "address", "id":
		return name + " of " + node, true
	}
	return nil, false
}

// step says what a step waits for, and how it runs.
func (e *explainer) step(s *deploy.Step) []string {
	var lines []string
	for _, n := range s.Needs {
		lines = append(lines, "after "+e.need(n))
	}
	if len(s.Nodes) > 0 {
		lines = append(lines, e.facts(s)...)
	}
	if s.Parallel > 0 {
		lines = append(lines, fmt.Sprintf("on at most %s at a time, in this order", Count(s.Parallel, "node", "nodes")))
	}
	if s.Timeout > 0 {
		lines = append(lines, "within "+seconds(s.Timeout))
	}
	if s.Retry != nil && s.Retry.Attempts > 1 {
		lines = append(lines, fmt.Sprintf("up to %d attempts, %s apart", s.Retry.Attempts, seconds(s.Retry.Delay)))
	}
	return lines
}

func (e *explainer) need(n deploy.Need) string {
	var on []string
	if i := slices.IndexFunc(e.plan.Steps, func(s deploy.Step) bool { return s.Name == n.Step }); i >= 0 {
		on = e.plan.Steps[i].Nodes
	}
	switch {
	case n.Of == deploy.NeedOwn:
		return n.Step + " on the same node"
	case len(on) < 2:
		return n.Step + " on " + many(on)
	case n.Of == deploy.NeedAny:
		return n.Step + " on any of " + many(on)
	case n.Of == deploy.NeedAll:
		return n.Step + " on all of " + many(on)
	default:
		return fmt.Sprintf("%s on %s of %s", n.Step, n.Of, many(on))
	}
}

// facts says which facts a step waits for on each node, and where its condition
// keeps it from running.
func (e *explainer) facts(s *deploy.Step) []string {
	var lines []string
	all := grouping{}
	for _, node := range s.Nodes[:min(len(s.Nodes), mostExplained)] {
		wanted, missing, err := e.evaluator.When(s, node, e)
		what := ""
		switch {
		case err != nil:
			// A plan that cannot be evaluated was refused where it was made.
			continue
		case len(missing) > 0:
			what = "runs only if " + s.When + ", once known: " + facts(missing, node)
		case !wanted:
			what = "skipped: " + s.When + " is false"
		default:
			if _, missing, err = e.evaluator.Config(s, node, e); err == nil && len(missing) > 0 {
				what = "waits for " + facts(missing, node)
			}
		}
		all.add(what, node)
	}
	for _, g := range all.list {
		switch {
		case g.what == "":
		case len(all.list) == 1:
			lines = append(lines, g.what)
		default:
			lines = append(lines, "on "+many(g.nodes)+": "+g.what)
		}
	}
	if left := len(s.Nodes) - mostExplained; left > 0 && len(lines) > 0 {
		lines = append(lines, fmt.Sprintf("… and alike on %s", Count(left, "more node", "more nodes")))
	}
	return lines
}

// grouping puts nodes together of which the same is to be told.
type grouping struct{ list []same }

type same struct {
	what  string
	nodes []string
}

func (g *grouping) add(what, node string) {
	i := slices.IndexFunc(g.list, func(t same) bool { return t.what == what })
	if i < 0 {
		i = len(g.list)
		g.list = append(g.list, same{what: what})
	}
	g.list[i].nodes = append(g.list[i].nodes, node)
}

// facts names facts with the nodes that they are about.
func facts(missing []deploy.Missing, node string) string {
	nodes := map[string][]string{}
	var names []string
	for _, m := range missing {
		if nodes[m.Fact] == nil {
			names = append(names, m.Fact)
		}
		whose := m.Node
		if whose == node {
			whose = "this node"
		}
		nodes[m.Fact] = append(nodes[m.Fact], whose)
	}
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = name + " of " + many(nodes[name])
	}
	return strings.Join(parts, ", ")
}
