package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"aiolos/deploy"
)

// launching is the launch of one node.
type launching struct {
	deploy.Launch
	provider   *Provider
	deployment string
	// id is the container's, once there is one.
	id string
	// devices are the loop devices of its disks, by the names that it knows them by.
	devices map[string]string
	result  *deploy.Instance
}

// run makes the node exist and run.
func (l *launching) run(ctx context.Context) error {
	created := false
	if l.id == "" {
		var err error
		if created, err = l.create(ctx); err != nil {
			return err
		}
	}
	state, launched, err := l.start(ctx, created)
	if err != nil {
		return err
	}
	var address string
	if endpoint := state.NetworkSettings.Networks[l.provider.network]; endpoint != nil && endpoint.IPAddress.IsValid() {
		address = endpoint.IPAddress.String()
	}
	if !state.State.Running || address == "" {
		return l.notBooting(ctx, state)
	}
	*l.result = deploy.Instance{
		Node: l.Name, Group: l.Group, Index: l.Index,
		ID: l.id, Address: address, Hostname: l.Hostname, Disks: l.Disks,
		Launched: launched,
	}
	return nil
}

// pause waits a moment for another attempt to get further.
func (l *launching) pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return l.failed("await another attempt", ctx.Err())
	case <-time.After(100 * time.Millisecond):
		return nil
	}
}

// elsewhere is how long another attempt may take from creating a container to
// starting it, before it is taken to have died in between.
const elsewhere = 3 * time.Second

// start brings the container to run, whatever state it is in. It is launched by
// this call if it has never run before.
func (l *launching) start(ctx context.Context, ours bool) (state container.InspectResponse, launched bool, err error) {
	if state, err = l.settled(ctx, ours); err != nil || state.State.Running {
		return state, false, err
	}
	if err := l.checkDevices(state); err != nil {
		return state, false, err
	}
	launched = state.State.Status == container.StateCreated
	if launched {
		if err := l.seed(ctx); err != nil {
			return state, false, err
		}
	}
	if _, err := l.provider.cli.ContainerStart(ctx, l.id, client.ContainerStartOptions{}); err != nil {
		return state, false, l.failed("start its container", err)
	}
	state, err = l.inspect(ctx)
	return state, launched, err
}

// settled returns the container's state once no other attempt is at work on it:
// user data must not be put in place anew under a machine that boots.
func (l *launching) settled(ctx context.Context, ours bool) (container.InspectResponse, error) {
	for deadline := time.Now().Add(elsewhere); ; {
		state, err := l.inspect(ctx)
		if err != nil || ours || state.State.Status != container.StateCreated || time.Now().After(deadline) {
			return state, err
		}
		if err := l.pause(ctx); err != nil {
			return state, err
		}
	}
}

// seed puts the user data in place, in a container that has never run.
func (l *launching) seed(ctx context.Context) error {
	files, err := seed(l.id, l.Hostname, l.UserData, l.provider.placeOf(l.NodeSpec).Files)
	if err != nil {
		return l.failed("pack its user data", err)
	}
	_, err = l.provider.cli.CopyToContainer(ctx, l.id, client.CopyToContainerOptions{DestinationPath: "/", Content: bytes.NewReader(files)})
	return l.failed("put its user data in place", err)
}

func (l *launching) inspect(ctx context.Context) (container.InspectResponse, error) {
	inspected, err := l.provider.cli.ContainerInspect(ctx, l.id, client.ContainerInspectOptions{})
	return inspected.Container, l.failed("look at its container", err)
}

// notBooting says that a container does not stay up, and shows its console.
func (l *launching) notBooting(ctx context.Context, state container.InspectResponse) error {
	return &LaunchError{Node: l.Name, Op: "boot", Log: l.provider.lastWords(ctx, l.id),
		Err: fmt.Errorf("its container is %s with exit code %d and has no address on the network %s %s",
			state.State.Status, state.State.ExitCode, l.provider.network, state.State.Error)}
}

func (l *launching) failed(op string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("launch %s: %s: %w", l.Name, op, err)
	}
	return l.provider.nodeError(l.Name, op, err)
}
