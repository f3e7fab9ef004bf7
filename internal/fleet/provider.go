package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"aiolos/deploy"
)

// Name is the provider's. All who show results tell by it that they are none.
const Name = deploy.ProviderSimulation

// ProviderConfig is what a Provider has to know.
type ProviderConfig struct {
	// URL is where the fleet's process listens.
	URL string
	// Profiles and Images are those that blueprints may name; "*" among the images
	// stands for every other.
	Profiles, Images []string
	// Disks are the data disks that come with every profile.
	Disks []deploy.Disk
}

// Provider launches machines in a fleet that is another process.
type Provider struct {
	config ProviderConfig
	client *http.Client
}

// callTimeout bounds one call to the fleet.
const callTimeout = 30 * time.Second

// NewProvider returns a provider. It does not reach for the fleet yet.
func NewProvider(c ProviderConfig) *Provider {
	return &Provider{config: c, client: &http.Client{Timeout: callTimeout, Transport: &http.Transport{}}}
}

// Close lets go of the connections to the fleet.
func (p *Provider) Close() error {
	p.client.CloseIdleConnections()
	return nil
}

// Profiles returns the names of the hardware profiles, sorted.
func (p *Provider) Profiles() []string { return slices.Sorted(slices.Values(p.config.Profiles)) }

// Images returns the names of the images, sorted.
func (p *Provider) Images() []string { return slices.Sorted(slices.Values(p.config.Images)) }

// Disks are the data disks that come with a profile, by its name.
func (p *Provider) Disks() map[string][]deploy.Disk {
	disks := map[string][]deploy.Disk{}
	for _, name := range p.config.Profiles {
		disks[name] = slices.Clone(p.config.Disks)
	}
	return disks
}

// Launch makes the nodes exist. Errors are *deploy.ProfileError, *deploy.ImageError,
// *NameError, *LaunchError and *CallError.
func (p *Provider) Launch(ctx context.Context, deployment string, nodes []deploy.Launch) ([]deploy.Instance, error) {
	call := launchCall{Deployment: deployment, Nodes: make([]launchNode, len(nodes))}
	for i, n := range nodes {
		if !slices.Contains(p.config.Profiles, n.Profile) {
			return nil, &deploy.ProfileError{Profile: n.Profile, Known: p.Profiles()}
		}
		if n.Image != "" && !slices.Contains(p.config.Images, n.Image) && !slices.Contains(p.config.Images, "*") {
			return nil, &deploy.ImageError{Image: n.Image, Known: p.Images()}
		}
		call.Nodes[i] = launchNode{Spec: n.NodeSpec, UserData: n.UserData}
	}
	var instances []deploy.Instance
	err := p.call(ctx, http.MethodPost, nodesPath, call, &instances)
	return instances, err
}

// Find returns a deployment's machines, by group and index.
func (p *Provider) Find(ctx context.Context, deployment string) ([]deploy.Instance, error) {
	var instances []deploy.Instance
	err := p.call(ctx, http.MethodGet, nodesPath+"?deployment="+url.QueryEscape(deployment), nil, &instances)
	return instances, err
}

// Terminate removes the named machines, or all of the deployment where nodes is nil.
func (p *Provider) Terminate(ctx context.Context, deployment string, nodes []string) ([]string, error) {
	var removed []string
	err := p.call(ctx, http.MethodDelete, nodesPath, terminateCall{deployment, nodes}, &removed)
	return removed, err
}

// Gone says that a node's machine is none of the fleet's any more.
func (p *Provider) Gone(ctx context.Context, deployment string, node deploy.Node) (why string, gone bool, err error) {
	instances, err := p.Find(ctx, deployment)
	if err != nil || slices.ContainsFunc(instances, func(i deploy.Instance) bool { return i.ID == node.ID }) {
		return "", false, err
	}
	return "it is none of the simulated machines", true, nil
}

// Stopped is never so: simulated machines boot, run, and are gone.
func (p *Provider) Stopped(context.Context, string, deploy.Node) (why string, said []string, stopped bool, err error) {
	return "", nil, false, nil
}

// Belongings lists all machines of the fleet.
func (p *Provider) Belongings(ctx context.Context) ([]deploy.Belonging, error) {
	var all []deploy.Belonging
	err := p.call(ctx, http.MethodGet, belongingsPath, nil, &all)
	return all, err
}

// Discard removes those machines of a deployment that are named and still there.
func (p *Provider) Discard(ctx context.Context, deployment string, only []string) ([]deploy.Belonging, error) {
	all, err := p.Belongings(ctx)
	if err != nil {
		return nil, err
	}
	var there []deploy.Belonging
	var nodes []string
	for _, b := range all {
		if b.Deployment == deployment && slices.Contains(only, b.Name()) {
			there, nodes = append(there, b), append(nodes, b.Node)
		}
	}
	if len(nodes) == 0 {
		return nil, nil
	}
	_, err = p.Terminate(ctx, deployment, nodes)
	return there, err
}

// Doctor looks whether the fleet answers, and warns that it is a simulation.
func (p *Provider) Doctor(ctx context.Context) []deploy.Finding {
	var f Figures
	if err := p.call(ctx, http.MethodGet, figuresPath, nil, &f); err != nil {
		return []deploy.Finding{deploy.Wrong("fleet", deploy.VerdictFailed, err.Error(), "start it as the lab does: aiolos-lab up --simulate")}
	}
	return []deploy.Finding{deploy.Wrong("fleet", deploy.VerdictWarning, fmt.Sprintf("%s simulates machines; %d now. Nothing is deployed there", p.config.URL, f.Machines),
		"use another provider for anything but tests and looking around")}
}

func (p *Provider) call(ctx context.Context, method, path string, in, out any) error {
	failedWith := func(err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &CallError{URL: p.config.URL, Err: err}
	}
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return failedWith(err)
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, p.config.URL+path, body)
	if err != nil {
		return failedWith(err)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return failedWith(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusUnprocessableEntity {
		var f failed
		if err := json.NewDecoder(response.Body).Decode(&f); err != nil {
			return failedWith(err)
		}
		switch {
		case f.Name != nil:
			return f.Name
		case f.Node != "":
			return &LaunchError{Node: f.Node, Err: errors.New(f.Error)}
		}
		return failedWith(errors.New(f.Error))
	}
	if response.StatusCode != http.StatusOK {
		return failedWith(errors.New(response.Status))
	}
	if err := json.NewDecoder(response.Body).Decode(out); err != nil {
		return failedWith(err)
	}
	return nil
}
