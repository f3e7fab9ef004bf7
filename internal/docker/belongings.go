package docker

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/moby/moby/api/types/container"
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
		all = append(all, belonging(c))
	}
	slices.SortFunc(all, func(a, b deploy.Belonging) int {
		return cmp.Or(cmp.Compare(a.Deployment, b.Deployment), cmp.Compare(a.Node, b.Node))
	})
	return all, nil
}

func belonging(c container.Summary) deploy.Belonging {
	return deploy.Belonging{
		Deployment: c.Labels[labelDeployment], Node: c.Labels[labelNode], Kind: kindContainer, ID: c.ID, Made: time.Unix(c.Created, 0).UTC(),
	}
}

// Discard removes those containers of a deployment that are named and still
// there, with their disks, and returns them. A node whose container is another
// one by now stays.
func (p *Provider) Discard(ctx context.Context, deployment string, only []string) ([]deploy.Belonging, error) {
	containers, err := p.list(ctx, deployment)
	if err != nil {
		return nil, err
	}
	var there []deploy.Belonging
	var nodes []string
	for _, c := range containers {
		if b := belonging(c); slices.Contains(only, b.Name()) {
			there, nodes = append(there, b), append(nodes, b.Node)
		}
	}
	if len(nodes) == 0 {
		return nil, nil
	}
	_, err = p.Terminate(ctx, deployment, nodes)
	return there, err
}
