package docker

import (
	"context"
	"fmt"

	"github.com/moby/moby/api/types/container"
)

// expectedDevices returns, for a container that exists, the loop devices that it
// was made with, by the names that the node knows them by.
func (l *launching) expectedDevices(ctx context.Context) (map[string]string, error) {
	if l.id == "" {
		return nil, nil
	}
	state, err := l.inspect(ctx)
	if err != nil {
		return nil, err
	}
	return devicesOf(state), nil
}

func devicesOf(state container.InspectResponse) map[string]string {
	devices := map[string]string{}
	for _, d := range state.HostConfig.Devices {
		devices[d.PathInContainer] = d.PathOnHost
	}
	return devices
}

// checkDevices makes sure that a container gets its own disks: its devices were
// fixed when it was made, and since then the host may have booted.
func (l *launching) checkDevices(state container.InspectResponse) error {
	made := devicesOf(state)
	for _, d := range l.Disks {
		if made[d.Device] != l.devices[d.Device] {
			return l.failed("start its container", fmt.Errorf("its disk %s was %q when it was made and is %s now; "+
				"remove the node and deploy again, or free the former device", d.Device, made[d.Device], l.devices[d.Device]))
		}
	}
	return nil
}
