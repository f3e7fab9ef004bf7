package docker

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"aiolos/deploy"
)

// Doctor looks whether what is configured can work, without making anything: the
// engine, the lab's network and the images. Without an engine that answers there
// is nothing else to look at.
func (p *Provider) Doctor(ctx context.Context) []deploy.Finding {
	version, err := p.cli.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return []deploy.Finding{deploy.Wrong("engine", deploy.VerdictFailed, engineError(p.cli, "ask for its version", err).Error(),
			"start the engine, and let the worker's user use it")}
	}
	findings := []deploy.Finding{
		deploy.Fine("engine", "version %s, API %s, at %s", version.Version, version.APIVersion, p.cli.DaemonHost()),
		p.examineNetwork(ctx),
	}
	for _, name := range slices.Sorted(maps.Keys(p.profiles)) {
		findings = append(findings, p.examineImage(ctx, "profile "+name+": image", p.profiles[name].Image))
	}
	for _, name := range slices.Sorted(maps.Keys(p.images)) {
		findings = append(findings, p.examineImage(ctx, "image "+name, p.images[name]))
	}
	return findings
}

func (p *Provider) examineNetwork(ctx context.Context) deploy.Finding {
	const check = "network"
	found, err := p.cli.NetworkInspect(ctx, p.network, client.NetworkInspectOptions{})
	if err != nil {
		return missing(check, p.network, err, "make it as the lab does: aiolos-lab up")
	}
	if lab := found.Network.Labels[labelLab]; lab != p.lab {
		return deploy.Wrong(check, deploy.VerdictWarning, fmt.Sprintf("%s is labelled %s=%q, not %q", p.network, labelLab, lab, p.lab),
			"see that no other lab takes it away")
	}
	return deploy.Fine(check, "%s, with %d containers on it", p.network, len(found.Network.Containers))
}

func (p *Provider) examineImage(ctx context.Context, check, image string) deploy.Finding {
	found, err := p.cli.ImageInspect(ctx, image)
	if err != nil {
		return missing(check, image, err, "build it as the lab does (aiolos-lab up), or name one that is in the engine")
	}
	return deploy.Fine(check, "%s, %s, made %s", image, found.Architecture, found.Created)
}

// missing tells what is not there from what could not be looked up.
func missing(check, name string, err error, advice string) deploy.Finding {
	if errdefs.IsNotFound(err) {
		return deploy.Wrong(check, deploy.VerdictFailed, name+" is not in the engine", advice)
	}
	return deploy.Wrong(check, deploy.VerdictWarning, err.Error(), "ask again")
}
