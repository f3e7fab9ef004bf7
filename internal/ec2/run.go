package ec2

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"
)

// maxGenerations is how many instances of a node that are gone EC2 may remember
// without showing them, before the launch is given up.
const maxGenerations = 5

// runAll launches nodes side by side, each by a call of its own, as EC2 gives
// all instances of one call the same user data. It returns the instances' IDs by
// node; "" where another attempt has launched it.
//
// One that fails does not stop the others, as they would have to be launched by
// the next attempt anyway; unless it fails for good, when others would likewise.
// The first error, in the order of the nodes, is returned.
func (p *Provider) runAll(ctx context.Context, runs []*run) (map[string]string, error) {
	ids, errs := make([]string, len(runs)), make([]error, len(runs))
	var hopeless atomic.Bool
	var group errgroup.Group
	group.SetLimit(p.cfg.Parallel)
	for i, r := range runs {
		group.Go(func() error {
			if !hopeless.Load() && ctx.Err() == nil {
				ids[i], errs[i] = p.run(ctx, r)
			}
			if failure, ok := asAPIError(errs[i]); ok && !failure.Temporary() {
				hopeless.Store(true)
			}
			return nil
		})
	}
	_ = group.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	if err := ctx.Err(); err != nil {
		return nil, apiError("launch instances", err)
	}
	launched := make(map[string]string, len(runs))
	for i, r := range runs {
		launched[r.Name] = ids[i]
	}
	return launched, nil
}

// run launches one node where there is room, and returns the instance's ID.
func (p *Provider) run(ctx context.Context, r *run) (id string, err error) {
	full := &CapacityError{Node: r.Name}
	for _, at := range r.places {
		id, err := p.runAt(ctx, r, at)
		failure, ok := asAPIError(err)
		if !ok || classOf(failure) != classCapacity {
			return id, err
		}
		full.Tries = append(full.Tries, Try{Subnet: at.id, Zone: at.zone, Err: failure})
	}
	return "", full
}

// runAt launches a node at one place. An instance that EC2 confirms but that is
// terminated already is one of an earlier launch with the same token: then it is
// the generation that the next token is made from.
func (p *Provider) runAt(ctx context.Context, r *run, at place) (id string, err error) {
	for range maxGenerations {
		out, err := p.ec2.RunInstances(ctx, p.input(r, at))
		if isCode(err, codeMismatch) {
			// EC2 says so only where an earlier attempt has succeeded, with an image
			// or settings that have changed since. Its instance serves.
			return "", nil
		}
		if err != nil {
			return "", apiError("launch "+r.Name+" in "+at.id, err)
		}
		if len(out.Instances) == 0 {
			return "", &LaunchError{Node: r.Name, Message: "was not named: EC2 confirmed the launch of none"}
		}
		made := out.Instances[0]
		if !isDead(made) {
			return aws.ToString(made.InstanceId), nil
		}
		r.generation = aws.ToString(made.InstanceId)
	}
	return "", &LaunchError{Node: r.Name, Instance: r.generation, Message: "is terminated, and EC2 goes on naming instances that are when asked for a new one"}
}
