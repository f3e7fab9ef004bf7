package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// EnsureNetwork returns the gateway of the lab's network, which is the host as
// its nodes see it, and makes the network where it is missing. Nodes resolve one
// another's host names on it.
func EnsureNetwork(ctx context.Context, cli *client.Client, lab, name string) (gateway netip.Addr, err error) {
	there, err := ensureNetwork(ctx, cli, lab, name, nil)
	return there.Gateway, err
}

// EnsureFixedNetwork is EnsureNetwork for machines whose addresses are fixed
// beforehand (Place), and returns the addresses that there are, too.
func EnsureFixedNetwork(ctx context.Context, cli *client.Client, lab, name string) (subnet netip.Prefix, gateway netip.Addr, err error) {
	there, err := ensureNetwork(ctx, cli, lab, name, nil)
	if err != nil || there.fixed {
		return there.Subnet, there.Gateway, err
	}
	// The engine fixes addresses only where its choice of a subnet was not its own.
	if _, err := cli.NetworkRemove(ctx, name, client.NetworkRemoveOptions{}); err != nil {
		return netip.Prefix{}, netip.Addr{}, engineError(cli, "remove the network "+name, err)
	}
	there, err = ensureNetwork(ctx, cli, lab, name, []network.IPAMConfig{{Subnet: there.Subnet, Gateway: there.Gateway}})
	return there.Subnet, there.Gateway, err
}

// addresses are those of a network.
type addresses struct {
	network.IPAMConfig
	// fixed says that the subnet was asked for.
	fixed bool
}

func ensureNetwork(ctx context.Context, cli *client.Client, lab, name string, wanted []network.IPAMConfig) (addresses, error) {
	if err := errors.Join(checkObject("lab", lab), checkObject("network", name)); err != nil {
		return addresses{}, err
	}
	inspected, err := cli.NetworkInspect(ctx, name, client.NetworkInspectOptions{})
	if errdefs.IsNotFound(err) {
		labels := map[string]string{labelLab: lab}
		options := client.NetworkCreateOptions{Driver: "bridge", Labels: labels}
		if len(wanted) > 0 {
			labels[labelFixed] = wanted[0].Subnet.String()
			options.IPAM = &network.IPAM{Config: wanted}
		}
		// Another that makes it at the same time is as good.
		if _, err := cli.NetworkCreate(ctx, name, options); err != nil && !errdefs.IsConflict(err) {
			return addresses{}, engineError(cli, "create the network "+name, err)
		}
		inspected, err = cli.NetworkInspect(ctx, name, client.NetworkInspectOptions{})
	}
	if err != nil {
		return addresses{}, engineError(cli, "look for the network "+name, err)
	}
	if got := inspected.Network.Labels[labelLab]; got != lab {
		return addresses{}, &EngineError{Op: "look for the network " + name, Host: cli.DaemonHost(),
			Err: fmt.Errorf("it is there, but labelled %s=%q and so not lab %q's; remove it or choose another name", labelLab, got, lab)}
	}
	for _, c := range inspected.Network.IPAM.Config {
		if c.Gateway.Is4() {
			return addresses{IPAMConfig: c, fixed: inspected.Network.Labels[labelFixed] != ""}, nil
		}
	}
	return addresses{}, &EngineError{Op: "look for the network " + name, Host: cli.DaemonHost(), Err: errors.New("it has no IPv4 gateway")}
}
