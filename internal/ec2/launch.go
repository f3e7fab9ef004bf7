package ec2

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"aiolos/deploy"
)

// Launch makes the nodes exist and run, and returns them in the order asked for.
// Those that run are left alone, stopped ones are started, missing ones
// launched. When it fails midway, what was made stays, for the next attempt or
// for Terminate.
//
// Errors are *deploy.ProfileError, *deploy.ImageError and *SpecError, before anything is made;
// *APIError, *CapacityError, *LaunchError, *LookupError, *OthersError and *TagError.
func (p *Provider) Launch(ctx context.Context, deployment string, nodes []deploy.Launch) ([]deploy.Instance, error) {
	if err := checkName("deployment", deployment); err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if err := p.checkLaunch(n); err != nil {
			return nil, err
		}
	}
	if len(nodes) == 0 {
		return nil, nil
	}
	there, err := p.machines(ctx, deployment, anyState)
	if err != nil {
		return nil, err
	}
	w := &waiting{provider: p, deployment: deployment, launched: map[string]string{}}
	var missing []deploy.Launch
	for _, n := range nodes {
		w.names = append(w.names, n.Name)
		if len(there.live[n.Name]) == 0 {
			missing = append(missing, n)
		}
	}
	running, err := p.bringUp(ctx, w, there, missing)
	if err != nil {
		return nil, err
	}
	found := make([]types.Instance, len(nodes))
	for i, n := range nodes {
		found[i] = running[n.Name]
	}
	instances, err := p.instances(ctx, found)
	if err != nil {
		return nil, err
	}
	for i := range instances {
		instances[i].Launched = w.launched[instances[i].Node] == instances[i].ID
	}
	return instances, nil
}

// bringUp launches what is missing, and returns the nodes' instances once they
// run. An instance that EC2 has confirmed and never shows is one that was
// terminated long ago, whose token EC2 still remembers: then another is launched.
func (p *Provider) bringUp(ctx context.Context, w *waiting, there machines, missing []deploy.Launch) (map[string]types.Instance, error) {
	if len(missing) == 0 {
		return w.wait(ctx, there)
	}
	runs, err := p.prepare(ctx, w.deployment, missing)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		r.generation = there.generation(r.Name)
	}
	for range maxRounds {
		launched, err := p.runAll(ctx, runs)
		if err != nil {
			return nil, err
		}
		maps.Copy(w.launched, launched)
		// What was seen before does not show what has been launched since.
		running, err := w.wait(ctx, machines{})
		var unseen *unseenError
		if !errors.As(err, &unseen) {
			return running, err
		}
		runs = slices.DeleteFunc(runs, func(r *run) bool { return !slices.Contains(unseen.nodes, r.Name) })
		for _, r := range runs {
			r.generation = cmp.Or(launched[r.Name], p.token(r))
		}
	}
	return nil, &LaunchError{Node: runs[0].Name, Instance: runs[0].generation,
		Message: fmt.Sprintf("is in no list %s after its launch was confirmed, nor were those before", p.cfg.Visible)}
}

// maxRounds bounds how often that may happen to one launch.
const maxRounds = 3
