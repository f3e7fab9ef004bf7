package activities

import (
	"context"
	"fmt"
	"time"

	"aiolos/deploy"
	"aiolos/internal/gluster"
)

// DismantleInput names nodes that are about to go, and are all of the deployment's.
type DismantleInput struct {
	Deployment string       `json:"deployment"`
	Nodes      deploy.Nodes `json:"nodes"`
}

// DismantleResult says what was taken apart, and what was not, and why.
type DismantleResult struct {
	Changes []string `json:"changes,omitempty"`
	Left    []string `json:"left,omitempty"`
}

// A pool is known to all of its nodes, so one is asked: the first of a group that
// answers, out of so many, within so long each.
const (
	dismantleTries    = 3
	dismantlePatience = 5 * time.Second
	dismantleLimit    = time.Minute
)

// Dismantle takes apart what nodes make up together, before they go: volumes are
// stopped and deleted, and peers detached. It never fails for what it finds:
// machines that are broken have to be removable, too. What it could not do it
// tells. It may be repeated; what is gone already is success.
func (d *Deeds) Dismantle(ctx context.Context, in DismantleInput) (DismantleResult, error) {
	h := startHeart(ctx)
	defer h.stop()
	ctx = withHeart(ctx, h)
	groups := map[string][]deploy.Node{}
	var order []string
	var hosts []string
	for _, n := range in.Nodes {
		if groups[n.Group] == nil {
			order = append(order, n.Group)
		}
		groups[n.Group] = append(groups[n.Group], n)
		hosts = append(hosts, n.Hostname)
	}
	var result DismantleResult
	for _, group := range order {
		node, ok := d.firstThatAnswers(ctx, in.Deployment, groups[group])
		if !ok {
			result.Left = append(result.Left, fmt.Sprintf("what the nodes of %s made up together: none of them answers", group))
			continue
		}
		within, cancel := context.WithTimeout(ctx, dismantleLimit)
		changes, left, err := gluster.Dissolve(within, d.Hosts.Runner(in.Deployment, node), hosts, sayer(ctx))
		cancel()
		result.Changes = append(result.Changes, changes...)
		result.Left = append(result.Left, left...)
		if err != nil {
			// Cancelled, or the worker stops: that is no answer of the node's.
			if ctx.Err() != nil {
				return result, ctx.Err()
			}
			result.Left = append(result.Left, fmt.Sprintf("what the nodes of %s made up together: %s", group, err))
		}
	}
	return result, nil
}

func (d *Deeds) firstThatAnswers(ctx context.Context, deployment string, nodes []deploy.Node) (deploy.Node, bool) {
	for _, node := range nodes[:min(len(nodes), dismantleTries)] {
		within, cancel := context.WithTimeout(ctx, dismantlePatience)
		err := d.Hosts.Await(within, deployment, node, sayer(ctx))
		cancel()
		if err == nil {
			return node, true
		}
	}
	return deploy.Node{}, false
}
