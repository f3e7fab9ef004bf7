package ec2

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// batch is how many instances are terminated by one call, at most.
const batch = 500

// Terminate removes the named nodes, or all of the deployment where nodes is
// nil: their instances, their volumes with all data, and with the last node what
// was made for the deployment as a whole. It returns the names of the nodes of
// which it removed something, sorted. Nothing found is success.
//
// Errors are *APIError, *SpecError and *TerminateError.
func (p *Provider) Terminate(ctx context.Context, deployment string, nodes []string) ([]string, error) {
	if err := checkName("deployment", deployment); err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if err := checkName("name", n); err != nil {
			return nil, err
		}
	}
	if nodes != nil && len(nodes) == 0 {
		return nil, nil
	}
	meant := func(node string) bool { return nodes == nil || slices.Contains(nodes, node) }
	all, err := p.list(ctx, deployment, present)
	if err != nil {
		return nil, err
	}
	var removed, ids, going []string
	for _, i := range all {
		node, id := tagMap(i.Tags)[tagNode], aws.ToString(i.InstanceId)
		if !meant(node) {
			continue
		}
		removed = append(removed, node)
		going = append(going, id)
		if !isDead(i) {
			ids = append(ids, id)
		}
	}
	if err := p.terminate(ctx, ids); err != nil {
		return nil, err
	}
	if err := p.awaitTerminated(ctx, deployment, going); err != nil {
		return nil, err
	}
	of, err := p.removeVolumes(ctx, deployment, func(node, _ string) bool { return meant(node) }, going)
	if err != nil {
		return nil, err
	}
	if len(going) == len(all) {
		if err := p.removeMade(ctx, deployment); err != nil {
			return nil, err
		}
	}
	removed = append(removed, of...)
	slices.Sort(removed)
	return slices.Compact(removed), nil
}

// removeMade deletes what was made for a deployment as a whole.
func (p *Provider) removeMade(ctx context.Context, deployment string) error {
	if err := p.deleteSecurityGroups(ctx, deployment, every); err != nil {
		return err
	}
	return p.deletePlacementGroups(ctx, deployment, every)
}

// every means all that there are.
func every(string) bool { return true }

// terminate terminates instances, many by one call.
func (p *Provider) terminate(ctx context.Context, ids []string) error {
	for some := range slices.Chunk(ids, batch) {
		if _, err := p.ec2.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: some}); err != nil {
			return apiError("terminate instances", err)
		}
	}
	return nil
}

// awaitTerminated returns once none of the instances is left: only then are
// their volumes and addresses free.
func (p *Provider) awaitTerminated(ctx context.Context, deployment string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	for begin := time.Now(); ; {
		all, err := p.list(ctx, deployment, present)
		if err != nil {
			return err
		}
		left := idsOf(all, ids)
		if len(left) == 0 {
			return nil
		}
		if time.Since(begin) > p.cfg.Patience {
			return &TerminateError{What: left}
		}
		if err := p.pause(ctx); err != nil {
			return apiError("await that instances are terminated", err)
		}
	}
}

// idsOf returns the IDs of those instances that are among the wanted.
func idsOf(instances []types.Instance, wanted []string) []string {
	var ids []string
	for _, i := range instances {
		if id := aws.ToString(i.InstanceId); slices.Contains(wanted, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// removeSurplus terminates what concurrent attempts have launched in different
// zones for one node: tokens hold within a zone only. Whoever looks keeps the
// same one, the oldest. Copies that someone made by hand stay.
func (p *Provider) removeSurplus(ctx context.Context, seen machines, nodes []string) error {
	var ids []string
	for _, node := range nodes {
		for _, i := range seen.live[node][1:] {
			if strings.HasPrefix(aws.ToString(i.ClientToken), tokenPrefix) {
				ids = append(ids, aws.ToString(i.InstanceId))
			}
		}
	}
	return p.terminate(ctx, ids)
}
