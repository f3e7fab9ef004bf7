// Package config reads and writes the worker's configuration: where it listens,
// how it reaches nodes, which providers it has and what a profile means to them.
//
// Temporal's own connection settings are no part of it: they come from the
// environment (TEMPORAL_ADDRESS and so on), as for every Temporal program.
package config

import (
	"fmt"
	"os"

	"go.yaml.in/yaml/v3"

	"aiolos/deploy"
	"aiolos/internal/ec2"
	"aiolos/internal/hosts"
)

// Config is the worker's configuration. In the file, every field has its YAML
// name; what a field's comment calls a default is filled in by Read.
type Config struct {
	// TaskQueue is where the worker takes its work from; "aiolos" by default.
	TaskQueue string `yaml:"task_queue"`
	// Secret refers to the worker's secret: file:PATH, env:NAME, aws-sm:NAME[#KEY]
	// or aws-ssm:NAME. It, or SecretFile, has to be given.
	Secret string `yaml:"secret,omitempty"`
	// SecretFile is the absolute path of the worker's secret, as file:PATH is.
	SecretFile string `yaml:"secret_file,omitempty"`
	// OlderSecret refers to the secret that was in use before, which nodes that were
	// launched with it are still known by; empty means none.
	OlderSecret string `yaml:"older_secret,omitempty"`
	// Health says where /healthz and /readyz are.
	Health Health `yaml:"health"`
	// Gateway says where nodes send their signals. It has to be given.
	Gateway Gateway `yaml:"gateway"`
	// DefaultProvider is the provider of requests that name none; by default the
	// only one there is, or "docker".
	DefaultProvider string `yaml:"default_provider"`
	// CacheDir is the absolute path where git sources are kept; the user's cache
	// directory by default.
	CacheDir string `yaml:"cache_dir"`
	// SSH says how nodes are reached that the worker launches; those of the provider
	// hosts are reached as the inventory says.
	SSH SSH `yaml:"ssh"`
	// Providers are the places where nodes come from. At least one has to be given.
	Providers Providers `yaml:"providers"`
	// Payloads says how payloads are encrypted; left out, they are not.
	Payloads *Payloads `yaml:"payloads,omitempty"`
	// CodecServer decrypts payloads for people who may; left out, there is none.
	CodecServer *CodecServer `yaml:"codec_server,omitempty"`
	// Log says how the worker logs.
	Log Log `yaml:"log,omitempty"`
	// Notifications are who is told of changes of a deployment's state; nobody by default.
	Notifications []Notification `yaml:"notifications,omitempty"`
}

// Health says where the worker tells how it is.
type Health struct {
	// Listen is "host:port"; "127.0.0.1:7281" by default.
	Listen string `yaml:"listen"`
}

// Gateway says where the signal gateway is.
type Gateway struct {
	// Listen are the addresses "host:port" that it listens on, at least one.
	Listen []string `yaml:"listen"`
	// URL is how nodes reach it; "http://" and the first of Listen by default.
	URL string `yaml:"url"`
}

// SSH says how nodes are reached that the worker launches.
type SSH struct {
	// User is the login name; "root" by default.
	User string `yaml:"user"`
	// Port is 1 to 65535; 22 by default.
	Port int `yaml:"port"`
	// Algorithms bounds what may be negotiated: "standard" (the default), which is
	// what OpenSSH has no objections to, or "strict".
	Algorithms string `yaml:"algorithms,omitempty"`
	// Bastions are the hosts on the way, the one nearest to the worker first.
	Bastions []hosts.Bastion `yaml:"bastions,omitempty"`
}

// Providers are the providers that are configured; nil means that it is not.
type Providers struct {
	Docker *Docker `yaml:"docker,omitempty"`
	// EC2 makes nodes of instances of Amazon EC2.
	EC2 *ec2.Config `yaml:"ec2,omitempty"`
	// Hosts assigns machines that exist already.
	Hosts *hosts.Inventory `yaml:"hosts,omitempty"`
	// Simulation pretends to have machines, for tests, benchmarks and looking around: nothing is ever deployed there.
	Simulation *Simulation `yaml:"simulation,omitempty"`
}

// Simulation makes nodes of the simulated machines of another process, `aiolos-lab fleet`.
type Simulation struct {
	// URL is where that process is asked for machines, on this machine's loopback. It has to be given.
	URL string `yaml:"url"`
	// Profiles are the names of the hardware profiles that blueprints may name. At least one has to be given.
	Profiles []string `yaml:"profiles"`
	// Images are the names of the images that blueprints may ask for; "*" stands for every other name.
	Images []string `yaml:"images,omitempty"`
	// Disks are the data disks of nodes whose blueprint does not say which they have.
	Disks []Disk `yaml:"disks,omitempty"`
}

// Docker makes nodes of containers on the machine of a Docker engine.
type Docker struct {
	// Host is the engine's address, for example "unix:///var/run/docker.sock";
	// empty means Docker's own default and environment.
	Host string `yaml:"host"`
	// Lab is the name of the lab that the containers belong to; "lab" by default.
	Lab string `yaml:"lab"`
	// Network is the Docker network of the nodes; "aiolos-" and the lab's name by default.
	Network string `yaml:"network"`
	// Profiles are the hardware profiles that blueprints may name. At least one
	// has to be given.
	Profiles map[string]DockerProfile `yaml:"profiles"`
	// Images are the engine's images by the names that blueprints ask for, such
	// as an image ID of a cloud; "*" stands for every other name. A blueprint
	// that names no image gets its profile's.
	Images map[string]string `yaml:"images,omitempty"`
}

// DockerProfile is what a hardware profile means to Docker.
type DockerProfile struct {
	// Image is the node image. It has to be given.
	Image string `yaml:"image"`
	// MemoryMB bounds the node's memory, in units of 2^20 bytes; 0 means no bound.
	MemoryMB int64 `yaml:"memory_mb"`
	// CPUs bounds the node's share of processors; 0 means no bound.
	CPUs float64 `yaml:"cpus"`
	// Disks are the data disks of nodes whose blueprint does not say which they have.
	Disks []Disk `yaml:"disks,omitempty"`
}

// Disk is a data disk that comes with a profile.
type Disk struct {
	// Device is the name that the node knows it by, such as "/dev/xvdj".
	Device string `yaml:"device"`
	// SizeGB is its size in units of 10^9 bytes, at least 1.
	SizeGB int `yaml:"size_gb"`
}

// Read reads a configuration file, fills in the defaults, and checks it. All
// that is wrong with it comes at once, as a *deploy.InvalidError.
func Read(path string) (Config, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if err != nil {
		return Config{}, fmt.Errorf("the worker's configuration: %w", err)
	}
	return Parse(text)
}

// Write writes the configuration for its owner only. A reader sees the old file
// or the new one, never half of one.
func (c Config) Write(path string) error {
	text, err := yaml.Marshal(c) //nolint:gosec // its fields hold references to secrets, and no secret
	if err != nil {
		return fmt.Errorf("the worker's configuration: %w", err)
	}
	young := path + ".new"
	if err := os.WriteFile(young, text, 0o600); err != nil {
		return fmt.Errorf("the worker's configuration: %w", err)
	}
	if err := os.Rename(young, path); err != nil {
		return fmt.Errorf("the worker's configuration: %w", err)
	}
	return nil
}

// SecretReference is where the worker's secret is.
func (c Config) SecretReference() string {
	if c.Secret == "" {
		return "file:" + c.SecretFile
	}
	return c.Secret
}

// Names are the providers that are configured, sorted.
func (p Providers) Names() []string {
	var names []string
	if p.Docker != nil {
		names = append(names, "docker")
	}
	if p.EC2 != nil {
		names = append(names, "ec2")
	}
	if p.Hosts != nil {
		names = append(names, "hosts")
	}
	if p.Simulation != nil {
		names = append(names, deploy.ProviderSimulation)
	}
	return names
}
