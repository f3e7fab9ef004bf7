package docker

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"aiolos/deploy"
)

// gigabyte is the unit of deploy.Disk.SizeGB, in bytes.
const gigabyte = 1_000_000_000

// wantedDisk is a data disk to be attached.
type wantedDisk struct {
	node string
	disk deploy.Disk
	// device is the loop device that a stopped container expects it at; empty
	// means whichever is free.
	device string
}

// attach makes the disks exist and be attached, and returns their loop devices
// by the names of their files. A disk that is attached already stays where it is.
func (p *Provider) attach(ctx context.Context, deployment, image string, disks []wantedDisk) (map[string]string, error) {
	name := volumeName(p.lab)
	if _, err := p.cli.VolumeCreate(ctx, client.VolumeCreateOptions{
		Name:   name,
		Labels: map[string]string{labelLab: p.lab, labelImage: image},
	}); err != nil {
		return nil, engineError(p.cli, "create the volume "+name, err)
	}
	var args []string
	for _, d := range disks {
		wanted := d.device
		if wanted == "" {
			wanted = "-"
		}
		args = append(args, diskFile(deployment, d.node, d.disk), strconv.FormatInt(int64(d.disk.SizeGB)*gigabyte, 10), wanted)
	}
	lines, err := runDisks(ctx, p.cli, p.lab, image, "attach", args)
	if err != nil {
		return nil, err
	}
	devices := map[string]string{}
	for _, line := range lines {
		if file, device, ok := strings.Cut(line, " "); ok {
			devices[file] = device
		}
	}
	for _, d := range disks {
		if file := diskFile(deployment, d.node, d.disk); devices[file] == "" {
			return nil, &DiskError{Op: "attach", Log: append([]string{"no device was told for " + file + ":"}, lines...)}
		}
	}
	return devices, nil
}

// detach detaches and removes the disk files of a lab that begin with one of
// the prefixes, and returns their names. No volume means that there are none.
func detach(ctx context.Context, cli *client.Client, lab string, prefixes []string) ([]string, error) {
	name := volumeName(lab)
	inspected, err := cli.VolumeInspect(ctx, name, client.VolumeInspectOptions{})
	if errdefs.IsNotFound(err) {
		return nil, nil
	} else if err != nil {
		return nil, engineError(cli, "look for the volume "+name, err)
	}
	if inspected.Volume.Labels[labelLab] != lab {
		return nil, &EngineError{Op: "look for the volume " + name, Host: cli.DaemonHost(),
			Err: fmt.Errorf("it is there, but not labelled %s=%s: it is not this lab's", labelLab, lab)}
	}
	image, err := helperImage(ctx, cli, inspected.Volume.Labels[labelImage])
	if err != nil {
		return nil, err
	}
	return runDisks(ctx, cli, lab, image, "detach", prefixes)
}

// helperImage returns the wanted image, or any node image if that one is gone.
func helperImage(ctx context.Context, cli *client.Client, wanted string) (string, error) {
	if _, err := cli.ImageInspect(ctx, wanted); err == nil {
		return wanted, nil
	} else if !errdefs.IsNotFound(err) {
		return "", engineError(cli, "look for image "+wanted, err)
	}
	images, err := cli.ImageList(ctx, client.ImageListOptions{Filters: make(client.Filters).Add("label", labelImage)})
	if err != nil {
		return "", engineError(cli, "look for a node image", err)
	}
	if len(images.Items) == 0 {
		return "", &EngineError{Op: "detach data disks", Host: cli.DaemonHost(),
			Err: fmt.Errorf("there is no node image to do it with (it was %s); build one by starting the lab", wanted)}
	}
	return images.Items[0].ID, nil
}
