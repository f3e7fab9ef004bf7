package main

import (
	"context"
	"io"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/docker"
	"aiolos/internal/ec2"
	"aiolos/internal/fleet"
	"aiolos/internal/hosts"
	"aiolos/internal/remote"
	"aiolos/internal/trust"
	"aiolos/internal/userdata"
)

// newProviders makes the providers that are configured, and returns what has to
// be closed, also beside an error.
func newProviders(ctx context.Context, cfg config.Config, secrets trust.Secrets, reach *reach) (map[string]activities.Provider, []io.Closer, error) {
	providers := map[string]activities.Provider{}
	var closers []io.Closer
	if c := cfg.Providers.Docker; c != nil {
		provider, err := newDocker(*c)
		if err != nil {
			return nil, closers, err
		}
		providers["docker"], closers = provider, append(closers, provider)
	}
	if c := cfg.Providers.EC2; c != nil {
		provider, err := ec2.New(ctx, *c)
		if err != nil {
			return nil, closers, err
		}
		providers["ec2"], closers = provider, append(closers, provider)
	}
	if c := cfg.Providers.Hosts; c != nil {
		provider, err := newHosts(cfg, *c, secrets, reach)
		if err != nil {
			return nil, closers, err
		}
		providers["hosts"] = provider
	}
	if c := cfg.Providers.Simulation; c != nil {
		provider := newSimulation(*c)
		providers[fleet.Name], closers = provider, append(closers, provider)
	}
	return providers, closers, nil
}

func newSimulation(c config.Simulation) *fleet.Provider {
	disks := make([]deploy.Disk, len(c.Disks))
	for i, d := range c.Disks {
		disks[i] = deploy.Disk{Device: d.Device, SizeGB: d.SizeGB}
	}
	return fleet.NewProvider(fleet.ProviderConfig{URL: c.URL, Profiles: c.Profiles, Images: c.Images, Disks: disks})
}

func newDocker(c config.Docker) (*docker.Provider, error) {
	disks := map[string][]deploy.Disk{}
	profiles := make(map[string]docker.Profile, len(c.Profiles))
	for name, p := range c.Profiles {
		profiles[name] = docker.Profile{Image: p.Image, MemoryMB: p.MemoryMB, CPUs: p.CPUs}
		for _, d := range p.Disks {
			disks[name] = append(disks[name], deploy.Disk{Device: d.Device, SizeGB: d.SizeGB})
		}
	}
	return docker.New(docker.Config{Host: c.Host, Lab: c.Lab, Network: c.Network, Profiles: profiles, Images: c.Images, Disks: disks})
}

// newHosts makes the provider of machines that exist already, and lets reach know
// how these are reached.
func newHosts(cfg config.Config, inventory hosts.Inventory, secrets trust.Secrets, reach *reach) (*hosts.Provider, error) {
	ways, err := hosts.NewReach(inventory)
	if err != nil {
		return nil, err
	}
	runner := func(m hosts.Machine) remote.Runner {
		// Every machine of the inventory has a way.
		target, _ := ways.Target(m)
		return reach.pool.Runner(target)
	}
	provider, err := hosts.New(hosts.Config{
		Inventory: inventory, Runner: runner,
		Prepare: func(ctx context.Context, m hosts.Machine, deployment string, spec deploy.NodeSpec) error {
			return userData(cfg, secrets, deployment, spec).Install(ctx, runner(m))
		},
		Restore: func(ctx context.Context, m hosts.Machine, deployment, node string) error {
			return userdata.Remove(ctx, runner(m), deployment, node)
		},
	})
	if err != nil {
		return nil, err
	}
	reach.machines, reach.ways = provider, ways
	return provider, nil
}
