package workflows

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

func (d *deployment) checkReplace(r ReplaceNode) error {
	var names []string
	if d.plan != nil {
		for _, n := range d.plan.Nodes {
			names = append(names, n.Name)
		}
	}
	switch {
	case !slices.Contains(names, r.Node):
		return refused("node", r.Node, "%s", deploy.Suggest(r.Node, names))
	case d.all == nil || d.unfinished == 0 || d.stopping():
		return refused("node", r.Node, "a node of a deployment that is being made; deploy again instead")
	case d.replacing[r.Node]:
		return refused("node", r.Node, "a node that is not being replaced already")
	}
	return checkBy(r.By)
}

// replaceNode begins to replace a node. What follows is part of the operation,
// which does not end before it.
func (d *deployment) replaceNode(_ workflow.Context, r ReplaceNode) (string, error) {
	if err := d.checkReplace(r); err != nil {
		return "", err
	}
	d.replacing[r.Node] = true
	d.changes = append(d.changes, fmt.Sprintf("%s replaced by %s", r.Node, by(r.By)))
	// Of the operation's own context: the update's ends with its answer.
	d.spawn(d.ctx, &runner{name: "replace " + r.Node, do: func(ctx workflow.Context) error {
		defer delete(d.replacing, r.Node)
		return d.replace(ctx, r.Node)
	}})
	return "replacing " + r.Node, nil
}

// replace stops what goes on at a node, puts a fresh machine in its place, and
// runs again what depends on it, there and on other nodes.
func (d *deployment) replace(ctx workflow.Context, node string) error {
	own, elsewhere := d.stopSlices(d.dependent(node))
	again, err := d.halt(ctx, own)
	if err != nil {
		return err
	}
	if len(d.paused) == 0 && d.state == deploy.StateNeedsAttention {
		if err := d.enter(ctx, deploy.StateRunning); err != nil {
			return err
		}
	}
	if err := elsewhere.stopped(ctx); err != nil {
		return err
	}
	if done, err := d.relaunch(ctx, node); err != nil || !done {
		return err
	}
	elsewhere.goOn(d.board.named[node])
	d.goOn(again)
	return nil
}

// relaunch terminates a node's machine and launches another.
func (d *deployment) relaunch(ctx workflow.Context, node string) (bool, error) {
	status := d.board.at[stepOn{deploy.StepLaunch, node}]
	at := slices.IndexFunc(d.plan.Nodes, func(n deploy.NodeSpec) bool { return n.Name == node })
	err := d.persist(ctx, status, func(ctx workflow.Context) error {
		return d.attempt(ctx, status, true, func(ctx workflow.Context) (activities.ActionResult, error) {
			// Terminating twice is harmless, and so is launching.
			_, err := call(ctx, summarized(d.cloud(), "", "Terminate "+node), deeds.Terminate,
				activities.TerminateInput{Deployment: d.name, Provider: d.plan.Provider, Nodes: []string{node}})
			if err != nil {
				return activities.ActionResult{}, err
			}
			launched, err := call(ctx, summarized(d.cloud(), "", "Launch "+node), deeds.Launch,
				activities.LaunchInput{Deployment: d.name, Provider: d.plan.Provider, Nodes: d.plan.Nodes[at : at+1]})
			if err != nil {
				return activities.ActionResult{}, err
			}
			d.board.forget(node)
			d.board.launched(launched.Instances[0])
			return activities.ActionResult{Message: "launched anew", Changes: []string{"launched " + node}}, nil
		})
	})
	return d.board.over(status), err
}

// dependent are the steps that have to run again when a node is replaced: all
// of its own, and on other nodes those that need one of them or refer to one of
// its facts, and so on.
func (d *deployment) dependent(node string) []*deploy.StepStatus {
	affected, anywhere := map[*deploy.StepStatus]bool{}, map[string]bool{}
	mark := func(s *deploy.StepStatus) { affected[s], anywhere[s.Name] = true, true }
	for _, s := range d.board.steps {
		if s.Node == node {
			mark(s)
		}
	}
	refers := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for i := range d.plan.Steps {
			step := &d.plan.Steps[i]
			for _, on := range step.Nodes {
				s := d.board.at[stepOn{step.Name, on}]
				if !affected[s] && (d.needsAffected(step, on, affected, anywhere) || d.refersTo(step, on, node, refers)) {
					mark(s)
					changed = true
				}
			}
		}
	}
	var all []*deploy.StepStatus
	for _, s := range d.board.steps {
		if affected[s] {
			all = append(all, s)
		}
	}
	return all
}

func (d *deployment) needsAffected(step *deploy.Step, on string, affected map[*deploy.StepStatus]bool, anywhere map[string]bool) bool {
	return slices.ContainsFunc(step.Needs, func(need deploy.Need) bool {
		if need.Of == deploy.NeedOwn {
			return affected[d.board.at[stepOn{need.Step, on}]]
		}
		return anywhere[need.Step]
	})
}

// refersTo says whether a step on a node refers to facts of another: whether it
// lacks something when those are not known.
//
// In a deployment of slices one node stands for all: to evaluate what every one of
// thousands of nodes refers to would take too long, and a step that runs once more
// than it has to changes nothing.
func (d *deployment) refersTo(step *deploy.Step, on, node string, known map[string]bool) bool {
	if !d.expr.LooksAtOthers(step.Name) {
		return false // its own node is affected as a whole
	}
	if d.cutting == nil {
		return d.refers(step, on, node)
	}
	if _, ok := known[step.Name]; !ok {
		known[step.Name] = d.refers(step, on, node)
	}
	return known[step.Name]
}

func (d *deployment) refers(step *deploy.Step, on, node string) bool {
	without := factsWithout{d.board, node}
	of := func(missing []deploy.Missing) bool {
		return slices.ContainsFunc(missing, func(m deploy.Missing) bool { return m.Node == node })
	}
	wanted, missing, err := d.expr.When(step, on, without)
	if of(missing) {
		return true
	}
	if err != nil || !wanted {
		return false
	}
	_, missing, _ = d.expr.Config(step, on, without)
	return of(missing)
}

// factsWithout are the board's facts but for those of one node that may be
// others once it is replaced: its host name stays.
type factsWithout struct {
	board *board
	node  string
}

func (f factsWithout) Fact(node, name string) (any, bool) {
	if node == f.node && name != "hostname" {
		return nil, false
	}
	return f.board.Fact(node, name)
}

// String names a runner for the log.
func (r *runner) String() string { return strings.TrimSpace(r.name) }
