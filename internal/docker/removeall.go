package docker

import (
	"context"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// RemoveAll removes everything that carries the lab's label: containers, disks
// with their loop devices, volumes and networks. Images stay. It returns what it
// removed, in words such as "container aiolos-lab-demo-storage-0". Nothing found
// is success.
func RemoveAll(ctx context.Context, cli *client.Client, lab string) ([]string, error) {
	if err := checkObject("lab", lab); err != nil {
		return nil, err
	}
	ours := make(client.Filters).Add("label", labelLab+"="+lab)
	containers, err := cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ours})
	if err != nil {
		return nil, engineError(cli, "list the containers of lab "+lab, err)
	}
	var removed, ids []string
	for _, c := range containers.Items {
		ids = append(ids, c.ID)
		removed = append(removed, "container "+nameOf(c))
	}
	if err := removeContainers(ctx, cli, ids); err != nil {
		return nil, err
	}
	files, err := detach(ctx, cli, lab, []string{""})
	if err != nil {
		return removed, err
	}
	for _, file := range files {
		removed = append(removed, "disk "+file)
	}
	volumes, err := cli.VolumeList(ctx, client.VolumeListOptions{Filters: ours})
	if err != nil {
		return removed, engineError(cli, "list the volumes of lab "+lab, err)
	}
	for _, v := range volumes.Items {
		if _, err := cli.VolumeRemove(ctx, v.Name, client.VolumeRemoveOptions{}); err != nil && !errdefs.IsNotFound(err) {
			return removed, engineError(cli, "remove volume "+v.Name, err)
		}
		removed = append(removed, "volume "+v.Name)
	}
	networks, err := cli.NetworkList(ctx, client.NetworkListOptions{Filters: ours})
	if err != nil {
		return removed, engineError(cli, "list the networks of lab "+lab, err)
	}
	for _, n := range networks.Items {
		if _, err := cli.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{}); err != nil && !errdefs.IsNotFound(err) {
			return removed, engineError(cli, "remove network "+n.Name, err)
		}
		removed = append(removed, "network "+n.Name)
	}
	return removed, nil
}
