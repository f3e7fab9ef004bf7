package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"time"

	"go.temporal.io/sdk/client"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/docker"
	"aiolos/internal/fetch"
	"aiolos/internal/git"
	"aiolos/internal/remote"
	"aiolos/internal/seal"
	"aiolos/internal/ssh"
	"aiolos/internal/trust"
	"aiolos/internal/userdata"
)

const (
	// pollers is how many requests for work wait at the server at once; ten are
	// 1.4 times as fast on a fan-out as the SDK's two.
	pollers = 10
	// stopTimeout is how long activities may take to end when the worker stops.
	// Jobs on nodes go on anyway, and the next attempt follows them.
	stopTimeout = 5 * time.Second
	// heartbeatThrottle is how late what an activity says may become visible. Left
	// alone, the SDK waits for most of the heartbeat time-out.
	heartbeatThrottle = time.Second
)

// wire makes the deeds from the adapters, and returns what closes them.
func wire(cfg config.Config, secret trust.Secret, temporal client.Client) (*activities.Deeds, func(), error) {
	providers := map[string]activities.Provider{}
	var closers []io.Closer
	if c := cfg.Providers.Docker; c != nil {
		disks := map[string][]deploy.Disk{}
		profiles := make(map[string]docker.Profile, len(c.Profiles))
		for name, p := range c.Profiles {
			profiles[name] = docker.Profile{Image: p.Image, MemoryMB: p.MemoryMB, CPUs: p.CPUs}
			for _, d := range p.Disks {
				disks[name] = append(disks[name], deploy.Disk{Device: d.Device, SizeGB: d.SizeGB})
			}
		}
		provider, err := docker.New(docker.Config{Host: c.Host, Lab: c.Lab, Network: c.Network, Profiles: profiles, Images: c.Images, Disks: disks})
		if err != nil {
			return nil, nil, err
		}
		providers["docker"] = provider
		closers = append(closers, provider)
	}
	if len(providers) == 0 {
		return nil, nil, errors.New("the configuration names no provider")
	}
	key, err := seal.New(secret.SealingSecret())
	if err != nil {
		return nil, nil, err
	}
	pool := ssh.NewPool(ssh.Config{
		ClientKey: secret.ClientKey(),
		HostKey: func(deployment, node string) ed25519.PublicKey {
			return secret.HostKey(deployment, node).Public().(ed25519.PublicKey)
		},
	})
	deeds := &activities.Deeds{
		Providers: providers, DefaultProvider: cfg.DefaultProvider,
		Hosts:    &hosts{pool: pool, port: cfg.SSH.Port, user: cfg.SSH.User},
		Sources:  git.New(cfg.CacheDir),
		Fetcher:  fetch.New(fetch.Options{}),
		Requests: &requests{temporal: temporal},
		Secrets:  sealer{key},
		UserData: userData(cfg, secret),
	}
	return deeds, func() {
		for _, c := range append(closers, pool) {
			_ = c.Close()
		}
	}, nil
}

// userData composes a node's user data from what the secret derives for it.
func userData(cfg config.Config, secret trust.Secret) activities.UserData {
	return func(deployment string, spec deploy.NodeSpec) ([]byte, error) {
		return userdata.Data{
			Deployment: deployment, Node: spec.Name, Hostname: spec.Hostname,
			HostKey:       secret.HostKey(deployment, spec.Name),
			AuthorizedKey: secret.ClientKey().Public().(ed25519.PublicKey),
			SignalURL:     cfg.Gateway.URL, SignalToken: secret.Token(deployment, spec.Name),
		}.Render()
	}
}

// hosts reaches nodes through the pool of SSH connections.
type hosts struct {
	pool *ssh.Pool
	port int
	user string
}

func (h *hosts) target(deployment string, node deploy.Node) ssh.Target {
	return ssh.Target{Deployment: deployment, Node: node.Name, Address: node.Address, Port: h.port, User: h.user}
}

func (h *hosts) Runner(deployment string, node deploy.Node) remote.Runner {
	return h.pool.Runner(h.target(deployment, node))
}

func (h *hosts) Await(ctx context.Context, deployment string, node deploy.Node, progress func(string)) error {
	return h.pool.Await(ctx, h.target(deployment, node), progress)
}
