// Package docker is the provider whose machines are containers of a Docker
// engine: they boot systemd and sshd like instances of a cloud, and have data
// disks that are block devices.
package docker

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/moby/moby/client"

	"aiolos/deploy"
)

// Profile is what a hardware profile stands for here.
type Profile struct {
	// Image is the node image that its machines run; it has to be in the engine.
	Image string
	// MemoryMB bounds the memory, in units of 2^20 bytes; 0 means no bound.
	MemoryMB int64
	// CPUs bounds the processor time, in processors; 0 means no bound.
	CPUs float64
}

// Config is what a Provider has to know.
type Config struct {
	// Host is the engine's address, such as "unix:///var/run/docker.sock". Empty
	// means what Docker's own variables say (DOCKER_HOST and its kin), or else
	// the usual socket.
	Host string
	// Lab names the lab: all that is made carries it as the label aiolos.lab,
	// and nothing without it is touched.
	Lab string
	// Network is the name of the network that the nodes are on; see EnsureNetwork.
	Network string
	// Profiles are the hardware profiles by name.
	Profiles map[string]Profile
	// Images are the engine's images by the names that blueprints ask for;
	// AnyImage stands for every other name.
	Images map[string]string
	// Disks are the data disks that come with a profile, by its name.
	Disks map[string][]deploy.Disk
	// Place, unless it is nil, says how a machine stands among the others.
	Place func(deploy.NodeSpec) Place
}

// Place is how a machine stands among the others; what is empty is as ever.
type Place struct {
	// Address is the one that it gets; see EnsureFixedNetwork.
	Address netip.Addr
	// Names are by which others find it, beside its host name.
	Names []string
	// Files are put on it before it boots, by their paths from the root.
	Files map[string]string
}

// AnyImage is the name under which an image stands for all that are not named.
const AnyImage = "*"

// Provider launches, finds and terminates nodes. It is safe for concurrent use,
// by several processes as well: all that it knows is in the engine.
type Provider struct {
	cli      *client.Client
	lab      string
	network  string
	profiles map[string]Profile
	images   map[string]string
	disks    map[string][]deploy.Disk
	place    func(deploy.NodeSpec) Place
}

// New returns a provider. It does not reach for the engine yet.
func New(cfg Config) (*Provider, error) {
	if err := checkObject("lab", cfg.Lab); err != nil {
		return nil, err
	}
	if err := checkObject("network", cfg.Network); err != nil {
		return nil, err
	}
	cli, err := Connect(cfg.Host)
	if err != nil {
		return nil, err
	}
	return &Provider{cli: cli, lab: cfg.Lab, network: cfg.Network, profiles: maps.Clone(cfg.Profiles), images: maps.Clone(cfg.Images), disks: maps.Clone(cfg.Disks), place: cfg.Place}, nil
}

// Connect returns a client of the engine at host, where "" means what Docker's
// own environment variables say. It does not reach for the engine yet; the
// version of the API is agreed on with the first call.
func Connect(host string) (*client.Client, error) {
	options := []client.Opt{client.FromEnv}
	if host != "" {
		options = append(options, client.WithHost(host))
	}
	cli, err := client.New(options...)
	if err != nil {
		return nil, &EngineError{Op: "configure the client", Host: host, Err: err}
	}
	return cli, nil
}

// Close lets go of the connections to the engine.
func (p *Provider) Close() error { return p.cli.Close() }

// Profiles returns the names of the hardware profiles, sorted.
func (p *Provider) Profiles() []string {
	return slices.Sorted(maps.Keys(p.profiles))
}

// Images returns the names of the images that are mapped, sorted.
func (p *Provider) Images() []string {
	return slices.Sorted(maps.Keys(p.images))
}

// Disks are the data disks that come with a profile, by its name.
func (p *Provider) Disks() map[string][]deploy.Disk { return maps.Clone(p.disks) }

// placeOf is how a machine stands among the others.
func (p *Provider) placeOf(spec deploy.NodeSpec) Place {
	if p.place == nil {
		return Place{}
	}
	return p.place(spec)
}

// imageOf is the engine's image that a node boots from; ok is false if it asks
// for one that is not mapped.
func (p *Provider) imageOf(spec deploy.NodeSpec) (image string, ok bool) {
	if spec.Image == "" {
		return p.profiles[spec.Profile].Image, true
	}
	if image, ok = p.images[spec.Image]; !ok {
		image, ok = p.images[AnyImage]
	}
	return image, ok
}
