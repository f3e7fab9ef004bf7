package activities

import (
	"context"
	"fmt"
	"slices"

	"aiolos/deploy"
	"aiolos/internal/gluster"
)

// PoolConfig configures the action "gluster_pool".
type PoolConfig struct {
	// Peers are the host names of all nodes of the pool, this one among them.
	Peers []string `json:"peers"`
}

// poolAction makes a trusted storage pool of the peers.
func poolAction() Action {
	a := Action{Title: "Pool", Nature: NatureQuick, Wide: true}
	a.Name = "gluster_pool"
	a.Doc = "Probes the peers that the pool lacks, and waits until every node sees every other connected."
	a.Check = check(checkPool)
	return checkable(undoable(action(a, (*Deeds).ensurePool), (*Deeds).undoPool), (*Deeds).lookPool)
}

func checkPool(c PoolConfig) []deploy.Problem {
	if len(c.Peers) == 0 {
		return []deploy.Problem{{Field: "peers", Value: "[]", Allowed: "the host names of the pool's nodes"}}
	}
	return nil
}

func (d *Deeds) ensurePool(ctx context.Context, in ActionInput[PoolConfig]) (ActionResult, error) {
	members, err := d.members(in)
	if err != nil {
		return ActionResult{}, err
	}
	if in.Attempt > 1 {
		// A node may have been replaced since: the pool would take the fresh
		// machine for an impostor of the one that it knows.
		if _, err := gluster.ReplaceDead(ctx, members, sayer(ctx)); err != nil {
			return ActionResult{}, err
		}
	}
	result, err := gluster.EnsurePool(ctx, members, sayer(ctx))
	if err != nil {
		return ActionResult{}, err
	}
	out := ActionResult{Message: fmt.Sprintf("%d peers, all connected", len(members))}
	for _, peer := range result.Probed {
		out.Changes = append(out.Changes, "probed "+peer)
		out.Made = append(out.Made, peer)
	}
	return out, nil
}

// members are the pool's as the step's node sees them: it probes the others, so it
// comes first.
func (d *Deeds) members(in ActionInput[PoolConfig]) ([]gluster.Member, error) {
	members := make([]gluster.Member, 0, len(in.Config.Peers))
	for _, hostname := range in.Config.Peers {
		node, err := nodeBy(in.Nodes, "peers", hostname, func(n deploy.Node) string { return n.Hostname })
		if err != nil {
			return nil, err
		}
		members = append(members, d.member(in.Deployment, node))
		if node.Name == in.Node.Name {
			last := len(members) - 1
			members[0], members[last] = members[last], members[0]
		}
	}
	return members, nil
}

// lookPool tells what the pool lacks.
func (d *Deeds) lookPool(ctx context.Context, in ActionInput[PoolConfig]) (CheckResult, error) {
	members, err := d.members(in)
	if err != nil {
		return CheckResult{}, err
	}
	differences, err := gluster.PoolDifferences(ctx, members)
	return CheckResult{Differences: differences}, err
}

// undoPool takes out of the pool the nodes that leave, and those that the action
// probed. One that still holds a brick stays, and so the deed fails.
func (d *Deeds) undoPool(ctx context.Context, in UndoInput[PoolConfig]) (ActionResult, error) {
	hosts := slices.Clone(in.Made)
	for _, n := range in.Leaving {
		if !slices.Contains(hosts, n.Hostname) {
			hosts = append(hosts, n.Hostname)
		}
	}
	detached, err := gluster.Detach(ctx, d.Hosts.Runner(in.Deployment, in.Node), hosts, sayer(ctx))
	result := ActionResult{}
	for _, host := range detached {
		result.Changes = append(result.Changes, "detached "+host)
	}
	return result, err
}

func (d *Deeds) member(deployment string, node deploy.Node) gluster.Member {
	return gluster.Member{Node: node.Name, Hostname: node.Hostname, Runner: d.Hosts.Runner(deployment, node)}
}

// nodeBy finds the node that a configuration names.
func nodeBy(nodes []deploy.Node, field, value string, key func(deploy.Node) string) (deploy.Node, error) {
	known := make([]string, len(nodes))
	for i, n := range nodes {
		if known[i] = key(n); known[i] == value {
			return n, nil
		}
	}
	return deploy.Node{}, &deploy.InvalidError{Problems: []deploy.Problem{{Field: field, Value: value, Allowed: fmt.Sprintf("one of the deployment's nodes: %q", known)}}}
}
