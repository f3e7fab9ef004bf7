package docker

import (
	"context"
	"fmt"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// create makes the container. Where another attempt was faster, that one's is
// taken, and created is false.
func (l *launching) create(ctx context.Context) (created bool, err error) {
	options, err := l.provider.machine(l.deployment, l.NodeSpec, l.devices)
	if err != nil {
		return false, l.failed("describe its container", err)
	}
	for deadline := time.Now().Add(elsewhere); ; {
		result, err := l.provider.cli.ContainerCreate(ctx, options)
		switch {
		case err == nil:
			l.id = result.ID
			return true, nil
		case errdefs.IsNotFound(err):
			return false, l.failed("create its container", fmt.Errorf("%w; if it is the image %s that is missing, starting the lab builds it", err, options.Config.Image))
		case !errdefs.IsConflict(err):
			return false, l.failed("create its container", err)
		}
		// The engine takes the name a moment before the container is to be
		// seen, and gives it back a moment after it is gone.
		err = l.adopt(ctx, options)
		if !errdefs.IsNotFound(err) || time.Now().After(deadline) {
			return false, err
		}
		if err := l.pause(ctx); err != nil {
			return false, err
		}
	}
}

// adopt takes the container that has the name of this node's, if it is this node's.
func (l *launching) adopt(ctx context.Context, options client.ContainerCreateOptions) error {
	other, err := l.provider.cli.ContainerInspect(ctx, options.Name, client.ContainerInspectOptions{})
	if err != nil {
		return l.failed("look at the container that has its name", err)
	}
	for label, value := range options.Config.Labels {
		if found := other.Container.Config.Labels[label]; found != value && label != labelDisks {
			return l.failed("create its container", fmt.Errorf("the name %s is taken by a container that is not this node's (%s is %q); remove that one or choose another name",
				options.Name, label, found))
		}
	}
	l.id = other.Container.ID
	return nil
}
