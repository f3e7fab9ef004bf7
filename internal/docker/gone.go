package docker

import (
	"context"
	"regexp"

	"github.com/containerd/errdefs"
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
