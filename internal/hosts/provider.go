package hosts

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

// defaultConcurrent bounds how many machines are spoken to at once.
const defaultConcurrent = 32

// idPrefix begins the IDs of machines, so that they are told from other providers'.
const idPrefix = "hosts:"

// Config is what a Provider has to know.
type Config struct {
	Inventory Inventory
	// Runner runs commands on a machine, as root.
	Runner func(Machine) remote.Runner
	// Prepare, unless it is nil, tells a leased machine what a node has to know. It is
	// called for each node of each Launch, and so has to look first.
	Prepare func(ctx context.Context, m Machine, deployment string, spec deploy.NodeSpec) error
	// Restore, unless it is nil, takes away what Prepare and jobs have left. It is
	// called before a lease is given up, again if that fails.
	Restore func(ctx context.Context, m Machine, deployment, node string) error
	// LeaseFile is the absolute path of the lease on each machine
	// (DefaultLeaseFile). It must not be on a disk that a reboot empties.
	LeaseFile string
	// Concurrent bounds how many machines are spoken to at once (32).
	Concurrent int
	// Now is the time that stands in leases (time.Now).
	Now func() time.Time
}

// Provider assigns machines to nodes. It is safe for concurrent use, by several
// processes as well: all that it knows is on the machines.
type Provider struct {
	cfg Config
	// machines are those in service, in the order of the inventory.
	machines []Machine
}

// New returns a provider. It does not reach for the machines yet. Errors are
// *deploy.InvalidError, about the inventory.
func New(cfg Config) (*Provider, error) {
	if err := cfg.Inventory.Check(); err != nil {
		return nil, err
	}
	if cfg.LeaseFile == "" {
		cfg.LeaseFile = DefaultLeaseFile
	}
	if cfg.Concurrent <= 0 {
		cfg.Concurrent = defaultConcurrent
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	p := &Provider{cfg: cfg}
	for _, m := range cfg.Inventory.Machines {
		if !m.OutOfService {
			p.machines = append(p.machines, m)
		}
	}
	return p, nil
}

// Profiles names the hardware profiles, sorted.
func (p *Provider) Profiles() []string { return p.cfg.Inventory.profileNames() }

// Images names the images that blueprints may ask for, sorted.
func (p *Provider) Images() []string { return slices.Sorted(slices.Values(p.cfg.Inventory.Images)) }

// Disks are the data disks that come with a profile, by its name.
func (p *Provider) Disks() map[string][]deploy.Disk {
	all := map[string][]deploy.Disk{}
	for name, profile := range maps.All(p.cfg.Inventory.Profiles) {
		if len(profile.Disks) > 0 {
			all[name] = deployDisks(profile.Disks)
		}
	}
	return all
}

// Machine returns the machine that a node's ID stands for (deploy.Instance.ID), in
// service or not; ok is false if it is no machine of this inventory.
func (p *Provider) Machine(id string) (m Machine, ok bool) {
	name, ok := strings.CutPrefix(id, idPrefix)
	if !ok {
		return Machine{}, false
	}
	for _, m := range p.cfg.Inventory.Machines {
		if m.Name == name {
			return m, true
		}
	}
	return Machine{}, false
}

func instance(m Machine, l Lease) deploy.Instance {
	return deploy.Instance{
		Node: l.Node, Group: l.Group, Index: l.Index, ID: idPrefix + m.Name,
		Address: m.address(), Hostname: m.hostname(), Disks: l.Disks,
	}
}
