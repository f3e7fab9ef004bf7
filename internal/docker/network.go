package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// EnsureNetwork returns the gateway of the lab's network, which is the host as
// its nodes see it, and makes the network where it is missing. Nodes resolve one
// another's host names on it.
func EnsureNetwork(ctx context.Context, cli *client.Client, lab, name string) (gateway netip.Addr, err error) {
	if err := errors.Join(checkObject("lab", lab), checkObject("network", name)); err != nil {
		return netip.Addr{}, err
	}
	inspected, err := cli.NetworkInspect(ctx, name, client.NetworkInspectOptions{})
	if errdefs.IsNotFound(err) {
		// Another that makes it at the same time is as good.
		if _, err := cli.NetworkCreate(ctx, name, client.NetworkCreateOptions{
			Driver: "bridge",
			Labels: map[string]string{labelLab: lab},
		}); err != nil && !errdefs.IsConflict(err) {
			return netip.Addr{}, engineError(cli, "create the network "+name, err)
		}
		inspected, err = cli.NetworkInspect(ctx, name, client.NetworkInspectOptions{})
	}
	if err != nil {
		return netip.Addr{}, engineError(cli, "look for the network "+name, err)
	}
	if got := inspected.Network.Labels[labelLab]; got != lab {
		return netip.Addr{}, &EngineError{Op: "look for the network " + name, Host: cli.DaemonHost(),
			Err: fmt.Errorf("it is there, but labelled %s=%q and so not lab %q's; remove it or choose another name", labelLab, got, lab)}
	}
	for _, c := range inspected.Network.IPAM.Config {
		if c.Gateway.Is4() {
			return c.Gateway, nil
		}
	}
	return netip.Addr{}, &EngineError{Op: "look for the network " + name, Host: cli.DaemonHost(), Err: errors.New("it has no IPv4 gateway")}
}
