package main

import (
	"context"
	"crypto/ed25519"
	"io"
	"slices"
	"time"

	"go.temporal.io/sdk/client"

	"aiolos/activities"
	"aiolos/codec"
	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/fetch"
	"aiolos/internal/gateway"
	"aiolos/internal/git"
	"aiolos/internal/trust"
	"aiolos/internal/userdata"
)

const (
	// pollers is how many requests for work wait at the server at once; ten are
	// 1.4 times as fast on a fan-out as the SDK's two.
	pollers = 10
	// atOnce is how many of the activities that a workflow has just asked for the worker may take
	// along with the answer, as far as it has room for them, without their being handed out in a second
	// round: a slice's all. The SDK's three leave most of a fan-out to be polled for.
	atOnce = 100
	// stopTimeout is how long activities may take to end when the worker stops.
	// Jobs on nodes go on anyway, and the next attempt follows them.
	stopTimeout = 5 * time.Second
	// heartbeatThrottle is how late what an activity says may become visible. Left
	// alone, the SDK waits for most of the heartbeat time-out.
	heartbeatThrottle = time.Second
)

// wire makes the deeds from the adapters, and returns what closes them.
func wire(ctx context.Context, cfg config.Config, secrets trust.Secrets, temporal client.Client, namespace string, see seen, converters codec.Converters) (*activities.Deeds, func(), error) {
	keys, err := newSealer(secrets)
	if err != nil {
		return nil, nil, err
	}
	reach, err := newReach(cfg, secrets, see.metrics.SSH)
	if err != nil {
		return nil, nil, err
	}
	closers := []io.Closer{reach.pool}
	done := func() {
		for _, c := range slices.Backward(closers) {
			_ = c.Close()
		}
	}
	providers, more, err := newProviders(ctx, cfg, secrets, reach)
	closers = append(closers, more...)
	if err != nil {
		done()
		return nil, nil, err
	}
	deeds := &activities.Deeds{
		Providers: providers, DefaultProvider: cfg.DefaultProvider,
		Hosts:    reach,
		Sources:  git.New(cfg.CacheDir),
		Fetcher:  fetch.New(fetch.Options{}),
		Requests: &requests{temporal: temporal, values: converters.Data},
		Secrets:  keys,
		UserData: func(deployment string, spec deploy.NodeSpec) ([]byte, error) {
			return userData(cfg, secrets, deployment, spec).Render()
		},
		Searchable: searchable(temporal, namespace),
		Checks:     []func(context.Context) deploy.Finding{gateway.Check(cfg.Gateway.URL)},
	}
	observed(deeds, see.metrics, see.tracing.Tracer())
	return deeds, done, nil
}

// userData is what a node is told, composed of what the secret derives for it.
func userData(cfg config.Config, secrets trust.Secrets, deployment string, spec deploy.NodeSpec) userdata.Data {
	return userdata.Data{
		Deployment: deployment, Node: spec.Name, Hostname: spec.Hostname,
		HostKey:       secrets.HostKey(deployment, spec.Name),
		AuthorizedKey: secrets.ClientKey().Public().(ed25519.PublicKey),
		User:          cfg.SSH.User,
		SignalURL:     cfg.Gateway.URL, SignalToken: secrets.Token(deployment, spec.Name),
	}
}
