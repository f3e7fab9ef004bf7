package docker

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/moby/moby/client"

	"aiolos/deploy"
)

// kindContainer is what a node is here. Its disks go with it.
const kindContainer = "container"

// Belongings lists the containers of all nodes in the lab, in whatever state.
// The lab's network and the volume of its disks are no deployment's.
func (p *Provider) Belongings(ctx context.Context) ([]deploy.Belonging, error) {
	listed, err := p.cli.ContainerList(ctx, client.ContainerListOptions{
		All: true, Filters: make(client.Filters).Add("label", labelLab+"="+p.lab, labelNode),
	})
	if err != nil {
		return nil, engineError(p.cli, "list the containers of lab "+p.lab, err)
	}
	var all []deploy.Belonging
	for _, c := range listed.Items {
		all = append(all, deploy.Belonging{
			Deployment: c.Labels[labelDeployment], Node: c.Labels[labelNode], Kind: kindContainer, ID: c.ID, Made: time.Unix(c.Created, 0).UTC(),
		})
	}
	slices.SortFunc(all, func(a, b deploy.Belonging) int {
		return cmp.Or(cmp.Compare(a.Deployment, b.Deployment), cmp.Compare(a.Node, b.Node))
	})
	return all, nil
}

// Discard removes those containers of a deployment that are listed and still
// there, with their disks, and returns them. A node whose container is another
// one by now stays.
func (p *Provider) Discard(ctx context.Context, deployment string, listed []deploy.Belonging) ([]deploy.Belonging, error) {
	containers, err := p.list(ctx, deployment)
	if err != nil {
		return nil, err
	}
	var there []deploy.Belonging
	var nodes []string
	for _, c := range containers {
		at := slices.IndexFunc(listed, func(b deploy.Belonging) bool {
			return b.Kind == kindContainer && b.ID == c.ID && b.Deployment == deployment
		})
		if at >= 0 {
			there, nodes = append(there, listed[at]), append(nodes, c.Labels[labelNode])
		}
	}
	if len(nodes) == 0 {
		return nil, nil
	}
	_, err = p.Terminate(ctx, deployment, nodes)
	return there, err
}
