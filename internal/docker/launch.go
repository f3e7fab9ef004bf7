package docker

import (
	"context"
	"slices"

	"github.com/moby/moby/api/types/container"
	"golang.org/x/sync/errgroup"

	"aiolos/deploy"
)

// concurrent bounds how many nodes are launched at once.
const concurrent = 8

// Launch makes the nodes exist and run, and returns them in the order asked
// for. Those that run are left alone; stopped ones are started, half-made ones
// completed, missing ones made. When it fails midway, what was made stays.
//
// Errors are *deploy.ProfileError and *NameError, before anything is made; *LaunchError,
// *DiskError and *EngineError.
func (p *Provider) Launch(ctx context.Context, deployment string, nodes []deploy.Launch) ([]deploy.Instance, error) {
	for _, n := range nodes {
		if _, ok := p.profiles[n.Profile]; !ok {
			return nil, &deploy.ProfileError{Profile: n.Profile, Known: p.Profiles()}
		}
		if _, ok := p.imageOf(n.NodeSpec); !ok {
			return nil, &deploy.ImageError{Image: n.Image, Known: p.Images()}
		}
		if err := checkSpec(n.NodeSpec); err != nil {
			return nil, err
		}
	}
	containers, err := p.list(ctx, deployment)
	if err != nil {
		return nil, err
	}
	there := map[string]container.Summary{}
	for _, c := range containers {
		there[c.Labels[labelNode]] = c
	}
	instances := make([]deploy.Instance, len(nodes))
	var todo []*launching
	for i, n := range nodes {
		l := &launching{provider: p, deployment: deployment, Launch: n, result: &instances[i]}
		if c, ok := there[n.Name]; ok {
			if *l.result, err = p.instance(c); err != nil {
				return nil, err
			}
			if l.result.Address != "" {
				continue
			}
			l.id = c.ID
		}
		todo = append(todo, l)
	}
	if err := p.attachAll(ctx, deployment, todo); err != nil {
		return nil, err
	}
	if err := runAll(ctx, todo); err != nil {
		return nil, err
	}
	return instances, nil
}

// attachAll attaches the disks of all nodes that are to be launched, at one go.
func (p *Provider) attachAll(ctx context.Context, deployment string, todo []*launching) error {
	var wanted []wantedDisk
	for _, l := range todo {
		expected, err := l.expectedDevices(ctx)
		if err != nil {
			return err
		}
		for _, d := range l.Disks {
			wanted = append(wanted, wantedDisk{node: l.Name, disk: d, device: expected[d.Device]})
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	devices, err := p.attach(ctx, deployment, p.profiles[todo[0].Profile].Image, wanted)
	if err != nil {
		return err
	}
	for _, l := range todo {
		l.devices = map[string]string{}
		for _, d := range l.Disks {
			l.devices[d.Device] = devices[diskFile(deployment, l.Name, d)]
		}
	}
	return nil
}

// runAll launches the nodes side by side. One that fails does not stop the
// others: they would have to be launched by the next attempt anyway. The first
// error, in the order of the nodes, is returned.
func runAll(ctx context.Context, todo []*launching) error {
	errs := make([]error, len(todo))
	var group errgroup.Group
	group.SetLimit(concurrent)
	for i, l := range todo {
		group.Go(func() error {
			errs[i] = l.run(ctx)
			return nil
		})
	}
	_ = group.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	return nil
}
