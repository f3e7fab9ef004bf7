package docker

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"aiolos/deploy"
)

// Find returns the deployment's machines that run, by group and index. A
// stopped one is none: it has no address. Launch starts it again, and Terminate
// removes it all the same.
func (p *Provider) Find(ctx context.Context, deployment string) ([]deploy.Instance, error) {
	containers, err := p.list(ctx, deployment)
	if err != nil {
		return nil, err
	}
	var found []deploy.Instance
	for _, c := range containers {
		i, err := p.instance(c)
		if err != nil {
			return nil, err
		}
		if i.Address != "" {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b deploy.Instance) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Index, b.Index))
	})
	return found, nil
}

// list returns the containers of a deployment's nodes, in whatever state.
func (p *Provider) list(ctx context.Context, deployment string) ([]container.Summary, error) {
	if err := checkName("deployment", deployment); err != nil {
		return nil, err
	}
	listed, err := p.cli.ContainerList(ctx, client.ContainerListOptions{
		All:     true,
		Filters: make(client.Filters).Add("label", labelLab+"="+p.lab, labelDeployment+"="+deployment, labelNode),
	})
	if err != nil {
		return nil, engineError(p.cli, "list the containers of "+deployment, err)
	}
	return listed.Items, nil
}

// instance reads what a node is from its container's labels. The address is
// empty unless it runs.
func (p *Provider) instance(c container.Summary) (deploy.Instance, error) {
	index, err := strconv.Atoi(c.Labels[labelIndex])
	if err != nil {
		return deploy.Instance{}, fmt.Errorf("container %s: label %s: %w", c.ID, labelIndex, err)
	}
	var disks []deploy.Disk
	if text := c.Labels[labelDisks]; text != "" {
		if err := json.Unmarshal([]byte(text), &disks); err != nil {
			return deploy.Instance{}, fmt.Errorf("container %s: label %s: %w", c.ID, labelDisks, err)
		}
	}
	i := deploy.Instance{
		Node:     c.Labels[labelNode],
		Group:    c.Labels[labelGroup],
		Index:    index,
		ID:       c.ID,
		Hostname: c.Labels[labelHostname],
		Disks:    disks,
	}
	if c.NetworkSettings != nil {
		if endpoint := c.NetworkSettings.Networks[p.network]; endpoint != nil && endpoint.IPAddress.IsValid() {
			i.Address = endpoint.IPAddress.String()
		}
	}
	return i, nil
}
