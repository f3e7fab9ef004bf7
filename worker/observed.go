package main

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/internal/remote"
	"aiolos/internal/telemetry"
)

// observed has what is counted and traced wrapped around the deeds' parts.
func observed(d *activities.Deeds, m *telemetry.Metrics, tracer trace.Tracer) {
	for name, p := range d.Providers {
		seen := &observedProvider{Provider: p, name: name, calls: m.Calls, tracer: tracer}
		d.Providers[name] = seen
		if whole, ok := p.(provider); ok {
			d.Providers[name] = &observedWhole{observedProvider: seen, Examiner: whole, Keeper: whole, Witness: whole, Console: whole}
		}
	}
	d.Hosts = &observedHosts{Hosts: d.Hosts, ssh: m.SSH, tracer: tracer}
	d.Jobs = m.Jobs
}

// observedProvider is a provider whose calls are observed.
type observedProvider struct {
	activities.Provider
	name   string
	calls  *telemetry.Calls
	tracer trace.Tracer
}

func (p *observedProvider) Find(ctx context.Context, deployment string) ([]deploy.Instance, error) {
	return telemetry.Call(ctx, p.calls, p.tracer, p.name, "find", func(ctx context.Context) ([]deploy.Instance, error) {
		return p.Provider.Find(ctx, deployment)
	})
}

func (p *observedProvider) Launch(ctx context.Context, deployment string, nodes []deploy.Launch) ([]deploy.Instance, error) {
	return telemetry.Call(ctx, p.calls, p.tracer, p.name, "launch", func(ctx context.Context) ([]deploy.Instance, error) {
		return p.Provider.Launch(ctx, deployment, nodes)
	})
}

func (p *observedProvider) Terminate(ctx context.Context, deployment string, nodes []string) ([]string, error) {
	return telemetry.Call(ctx, p.calls, p.tracer, p.name, "terminate", func(ctx context.Context) ([]string, error) {
		return p.Provider.Terminate(ctx, deployment, nodes)
	})
}

// observedWhole is one that can do more, which is not observed.
type observedWhole struct {
	*observedProvider
	activities.Examiner
	activities.Keeper
	activities.Witness
	activities.Console
}

// observedHosts runs commands that are observed.
type observedHosts struct {
	activities.Hosts
	ssh    *telemetry.SSH
	tracer trace.Tracer
}

func (h *observedHosts) Runner(deployment string, node deploy.Node) remote.Runner {
	return h.ssh.Runner(h.Hosts.Runner(deployment, node), deployment, node.Name, h.tracer)
}

func (h *observedHosts) Await(ctx context.Context, deployment string, node deploy.Node, progress func(string)) error {
	ctx, ended := telemetry.Awaiting(ctx, h.tracer, deployment, node.Name)
	err := h.Hosts.Await(ctx, deployment, node, progress)
	ended(err)
	return err
}
