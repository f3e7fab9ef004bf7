package main

import (
	"context"
	"net/netip"

	"github.com/moby/moby/client"

	"aiolos/internal/docker"
	"aiolos/internal/nodeimage"
)

// machines are what nodes are made of.
type machines struct {
	image   string
	gateway netip.Addr
	subnet  netip.Prefix
}

// prepareMachines sees to it that the node image and the lab's network are there.
func prepareMachines(ctx context.Context, o *options, progress func(string)) (machines, error) {
	cli, err := connect()
	if err != nil {
		return machines{}, err
	}
	defer cli.Close()
	// The network first: it needs only the engine, so a missing one is told at once.
	var m machines
	if o.provider == onEC2 {
		m.subnet, m.gateway, err = docker.EnsureFixedNetwork(ctx, cli, o.name, o.network())
	} else {
		m.gateway, err = docker.EnsureNetwork(ctx, cli, o.name, o.network())
	}
	if err != nil {
		return machines{}, err
	}
	if err := checkFree(ctx, m.gateway.String(), o.gatewayPort()); err != nil {
		return machines{}, err
	}
	m.image, err = nodeimage.Ensure(ctx, cli, nodeimage.Variant(o.variant), progress)
	return m, err
}

// connect returns a client of the engine that Docker's own environment names,
// as it does for the worker.
func connect() (*client.Client, error) { return docker.Connect("") }
