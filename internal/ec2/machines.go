package ec2

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// pageSize is how many items a page of a list may have, which is EC2's most.
const pageSize = 1000

// machines is what EC2 shows of a deployment at one moment.
type machines struct {
	// live are a node's instances that run or may run. The first is the node: the
	// oldest of those that were not made by hand.
	live map[string][]types.Instance
	// dead are a node's instances that are terminated, the latest first. EC2
	// shows them for about an hour.
	dead map[string][]types.Instance
}

// anyState asks machines for instances that are terminated as well.
var anyState []types.InstanceStateName

// awake are the states of instances that have an address and serve, or will.
var awake = []types.InstanceStateName{types.InstanceStateNamePending, types.InstanceStateNameRunning}

// present are the states of instances that are not terminated.
var present = []types.InstanceStateName{
	types.InstanceStateNamePending, types.InstanceStateNameRunning, types.InstanceStateNameStopping,
	types.InstanceStateNameStopped, types.InstanceStateNameShuttingDown,
}

// machines lists the instances of a deployment that are in one of the states:
// one call, and another for every further thousand.
func (p *Provider) machines(ctx context.Context, deployment string, states []types.InstanceStateName) (machines, error) {
	all, err := p.list(ctx, deployment, states)
	if err != nil {
		return machines{}, err
	}
	found := machines{live: map[string][]types.Instance{}, dead: map[string][]types.Instance{}}
	for _, i := range all {
		node := tagMap(i.Tags)[tagNode]
		if isDead(i) {
			found.dead[node] = append(found.dead[node], i)
		} else {
			found.live[node] = append(found.live[node], i)
		}
	}
	for _, of := range found.live {
		slices.SortFunc(of, ownFirst)
	}
	for _, of := range found.dead {
		slices.SortFunc(of, func(a, b types.Instance) int { return older(b, a) })
	}
	return found, nil
}

// list returns the instances of a deployment, or of all of them where it is "".
func (p *Provider) list(ctx context.Context, deployment string, states []types.InstanceStateName) ([]types.Instance, error) {
	filters := p.ours(deployment)
	if len(states) > 0 {
		names := make([]string, len(states))
		for i, s := range states {
			names[i] = string(s)
		}
		filters = append(filters, filter("instance-state-name", names...))
	}
	var all []types.Instance
	pages := ec2.NewDescribeInstancesPaginator(p.ec2, &ec2.DescribeInstancesInput{Filters: filters, MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, apiError("list instances", err)
		}
		for _, r := range page.Reservations {
			all = append(all, r.Instances...)
		}
	}
	return all, nil
}

func stateOf(i types.Instance) types.InstanceStateName {
	if i.State == nil {
		return ""
	}
	return i.State.Name
}

func isDead(i types.Instance) bool {
	s := stateOf(i)
	return s == types.InstanceStateNameShuttingDown || s == types.InstanceStateNameTerminated
}

// ownFirst orders instances in the same way for whoever looks.
func ownFirst(a, b types.Instance) int {
	byHand := func(i types.Instance) int {
		if strings.HasPrefix(aws.ToString(i.ClientToken), tokenPrefix) {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(byHand(a), byHand(b)), older(a, b))
}

// older orders instances by the time of their launch.
func older(a, b types.Instance) int {
	return cmp.Or(aws.ToTime(a.LaunchTime).Compare(aws.ToTime(b.LaunchTime)), cmp.Compare(aws.ToString(a.InstanceId), aws.ToString(b.InstanceId)))
}

// generation is what a launch of the node is told apart by from those before.
func (m machines) generation(node string) string {
	if dead := m.dead[node]; len(dead) > 0 {
		return aws.ToString(dead[0].InstanceId)
	}
	return ""
}
