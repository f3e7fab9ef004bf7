// Package hosts is the provider whose machines exist already: it assigns those of
// an inventory to deployments, and never makes or destroys one.
//
// Who has a machine is written on the machine itself, as a lease. So all workers
// see the same, and nothing is forgotten when one of them dies.
package hosts

import (
	"maps"
	"slices"

	"aiolos/deploy"
)

// Inventory is what an operator says of the machines. In YAML, every field has the
// name of its tag.
type Inventory struct {
	// Algorithms is the policy for all machines that have none of their own:
	// "standard" (the default) or "strict".
	Algorithms string `yaml:"algorithms,omitempty"`
	// KnownHosts are files for all machines and bastions that have none of their own.
	KnownHosts []string `yaml:"known_hosts,omitempty"`
	// Login is for all machines and bastions that have none of their own.
	Login *Login `yaml:"login,omitempty"`
	// Bastions are the ways in, by the names that machines call them by.
	Bastions []Bastion `yaml:"bastions,omitempty"`
	// Machines in the order in which they are assigned.
	Machines []Machine `yaml:"machines"`
	// Profiles are the hardware profiles that blueprints may name.
	Profiles map[string]Profile `yaml:"profiles"`
	// Images are the names that blueprints may ask for, as nobody puts another image
	// on a machine that exists; "*" takes any.
	Images []string `yaml:"images,omitempty"`
}

// Login says with what the worker logs in. None at all means the worker's own key.
type Login struct {
	// KeyFile is the absolute path of a private key.
	KeyFile string `yaml:"key_file,omitempty"`
	// PassphraseFile is the absolute path of a file whose first line opens the key.
	PassphraseFile string `yaml:"passphrase_file,omitempty"`
	// CertificateFile is the absolute path of the OpenSSH certificate for the key.
	CertificateFile string `yaml:"certificate_file,omitempty"`
	// Agent is the absolute path of an agent's socket.
	Agent string `yaml:"agent,omitempty"`
	// AgentKeys are the SHA-256 fingerprints of the agent's keys to use; none means all.
	AgentKeys []string `yaml:"agent_keys,omitempty"`
}

// Sudo says how the user gets to be root.
type Sudo struct {
	// PasswordFile is the absolute path of a file whose first line is the user's
	// password; empty means that sudo asks for none.
	PasswordFile string `yaml:"password_file,omitempty"`
}

// Host is what machines and bastions have in common.
type Host struct {
	// Name is unique among machines, and among bastions: letters, digits, dots,
	// hyphens and underscores, a letter or digit first, at most 63.
	Name string `yaml:"name"`
	// Address is an IP address or a host name; the name by default.
	Address string `yaml:"address,omitempty"`
	// Port is 1 to 65535; 22 by default.
	Port int `yaml:"port,omitempty"`
	// User is the login name; "root" by default.
	User string `yaml:"user,omitempty"`
	// HostKeys are the machine's public keys as in /etc/ssh/ssh_host_*_key.pub.
	HostKeys []string `yaml:"host_keys,omitempty"`
	// KnownHosts are absolute paths of known_hosts files.
	KnownHosts []string `yaml:"known_hosts,omitempty"`
	Login      *Login   `yaml:"login,omitempty"`
	// Algorithms is "standard" or "strict".
	Algorithms string `yaml:"algorithms,omitempty"`
}

// Bastion is a host over which others are reached.
type Bastion struct {
	Host `yaml:",inline"`
}

// Machine is a host that can serve as a node.
type Machine struct {
	Host `yaml:",inline"`
	// Hostname is the name by which nodes reach each other; the address by default.
	Hostname string `yaml:"hostname,omitempty"`
	// Sudo says how User gets to be root; none means that User is root.
	Sudo *Sudo `yaml:"sudo,omitempty"`
	// Labels are what profiles select by.
	Labels map[string]string `yaml:"labels,omitempty"`
	// Disks are the data disks that the machine has, by the names it knows them by.
	Disks []Disk `yaml:"disks,omitempty"`
	// Bastions name the way to the machine, the one nearest to the worker first.
	Bastions []string `yaml:"bastions,omitempty"`
	// OutOfService takes a machine out of everything: it is not asked for leases, not
	// even for those that it may hold.
	OutOfService bool `yaml:"out_of_service,omitempty"`
}

// Disk is a data disk.
type Disk struct {
	// Device is a block device below /dev.
	Device string `yaml:"device"`
	// SizeGB is in units of 10^9 bytes, at least 1.
	SizeGB int `yaml:"size_gb"`
}

// Profile is what a hardware profile stands for here.
type Profile struct {
	// Labels must all be on a machine, with these values; none takes any machine.
	Labels map[string]string `yaml:"labels,omitempty"`
	// Disks are those of nodes whose blueprint does not say which they have.
	Disks []Disk `yaml:"disks,omitempty"`
}

// address is where the machine is.
func (h Host) address() string {
	if h.Address == "" {
		return h.Name
	}
	return h.Address
}

func (m Machine) hostname() string {
	if m.Hostname == "" {
		return m.address()
	}
	return m.Hostname
}

// suits says whether the machine can be the node.
func (m Machine) suits(p Profile, spec deploy.NodeSpec) bool {
	for name, value := range p.Labels {
		if got, ok := m.Labels[name]; !ok || got != value {
			return false
		}
	}
	for _, want := range spec.Disks {
		if !slices.ContainsFunc(m.Disks, func(d Disk) bool { return d.Device == want.Device && d.SizeGB >= want.SizeGB }) {
			return false
		}
	}
	return true
}

func (i Inventory) profileNames() []string { return slices.Sorted(maps.Keys(i.Profiles)) }

func deployDisks(disks []Disk) []deploy.Disk {
	var all []deploy.Disk
	for _, d := range disks {
		all = append(all, deploy.Disk{Device: d.Device, SizeGB: d.SizeGB})
	}
	return all
}
