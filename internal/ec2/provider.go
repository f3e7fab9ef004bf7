// Package ec2 is the provider whose machines are instances of Amazon EC2. All
// that it knows is in the tags of what it made, so that any worker of the same
// name goes on where another one stopped.
package ec2

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"aiolos/deploy"
)

// Provider launches, finds and terminates nodes. It is safe for concurrent use,
// by several processes as well.
type Provider struct {
	cfg    Config
	ec2    *ec2.Client
	ssm    *ssm.Client
	sts    *sts.Client
	quotas *servicequotas.Client

	mu sync.Mutex
	// kinds are the instance types that have been asked for; they never change.
	kinds map[types.InstanceType]types.InstanceTypeInfo

	fates fates
}

// New returns a provider. It reads the credentials that the AWS SDK finds
// (environment, files, the instance's role), and does not call AWS yet; see
// Doctor. The error is a *deploy.InvalidError where the configuration is wrong.
func New(ctx context.Context, cfg Config) (*Provider, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	options := []func(*config.LoadOptions) error{
		config.WithRegion(cfg.Region),
		config.WithRetryer(func() aws.Retryer { return retryer(cfg) }),
	}
	if cfg.Credentials != nil {
		options = append(options, config.WithCredentialsProvider(cfg.Credentials))
	}
	if cfg.Endpoint != "" {
		options = append(options, config.WithBaseEndpoint(cfg.Endpoint))
	}
	sdk, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, apiError("read the configuration of the AWS SDK", err)
	}
	return &Provider{
		cfg: cfg, ec2: ec2.NewFromConfig(sdk, inTurn(cfg.Turn)), ssm: ssm.NewFromConfig(sdk), sts: sts.NewFromConfig(sdk),
		quotas: servicequotas.NewFromConfig(sdk), kinds: map[types.InstanceType]types.InstanceTypeInfo{},
	}, nil
}

// retryer slows down as AWS asks for it: EC2 counts calls by account and action,
// and other programs share the account.
func retryer(cfg Config) aws.Retryer {
	return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.StandardOptions = append(o.StandardOptions, func(s *retry.StandardOptions) {
			s.MaxAttempts = cfg.MaxAttempts
			s.MaxBackoff = cfg.MaxBackoff
		})
	})
}

// Close has nothing to let go of; it is there for the worker, which closes
// whatever it wired.
func (p *Provider) Close() error { return nil }

// Profiles returns the names of the hardware profiles, sorted.
func (p *Provider) Profiles() []string { return slices.Sorted(maps.Keys(p.cfg.Profiles)) }

// Images returns the names of the images that are mapped, sorted.
func (p *Provider) Images() []string { return slices.Sorted(maps.Keys(p.cfg.Images)) }

// Disks are the data disks that come with a profile, by its name.
func (p *Provider) Disks() map[string][]deploy.Disk {
	disks := map[string][]deploy.Disk{}
	for name, profile := range p.cfg.Profiles {
		for _, v := range profile.Volumes {
			disks[name] = append(disks[name], deploy.Disk{Device: v.Device, SizeGB: gigabytes(v.SizeGiB)})
		}
	}
	return disks
}

// imageOf is what a node boots from; ok is false if it asks for an image that is
// not mapped.
func (p *Provider) imageOf(spec deploy.NodeSpec) (image Image, ok bool) {
	if spec.Image == "" {
		return p.cfg.Profiles[spec.Profile].Image, true
	}
	if image, ok = p.cfg.Images[spec.Image]; !ok {
		image, ok = p.cfg.Images[AnyImage]
	}
	return image, ok
}
