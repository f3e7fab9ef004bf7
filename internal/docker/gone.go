package docker

import (
	"context"
	"fmt"
	"io"
	"regexp"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"aiolos/deploy"
)

// containerID is what the engine calls containers by.
var containerID = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Gone says that a node's container does not exist any more. One that is stopped
// does: its restart is a reboot.
func (p *Provider) Gone(ctx context.Context, _ string, node deploy.Node) (why string, gone bool, err error) {
	if !containerID.MatchString(node.ID) {
		return "", false, nil
	}
	_, err = p.cli.ContainerInspect(ctx, node.ID, client.ContainerInspectOptions{})
	if errdefs.IsNotFound(err) {
		return "its container was removed", true, nil
	}
	return "", false, engineError(p.cli, "look at the container of "+node.Name, err)
}

// Stopped says that a node's container has ended, and what it said last. Nobody starts it again
// but whoever launches anew.
func (p *Provider) Stopped(ctx context.Context, _ string, node deploy.Node) (why string, said []string, stopped bool, err error) {
	if !containerID.MatchString(node.ID) {
		return "", nil, false, nil
	}
	inspected, err := p.cli.ContainerInspect(ctx, node.ID, client.ContainerInspectOptions{})
	if err != nil {
		return "", nil, false, engineError(p.cli, "look at the container of "+node.Name, err)
	}
	state := inspected.Container.State
	if state.Status != container.StateExited && state.Status != container.StateDead {
		return "", nil, false, nil
	}
	return fmt.Sprintf("its container ended with exit code %d", state.ExitCode), p.lastWords(ctx, node.ID), true, nil
}

// lastWords are the last lines of a container's console; none where they cannot be had.
func (p *Provider) lastWords(ctx context.Context, id string) []string {
	logs, err := p.cli.ContainerLogs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Tail: "10"})
	if err != nil {
		return nil
	}
	defer func() { _ = logs.Close() }()
	text, err := io.ReadAll(io.LimitReader(logs, 1<<16))
	if err != nil || len(text) == 0 {
		return nil
	}
	return tail(string(text))
}
