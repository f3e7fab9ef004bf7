package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/hosts"
)

const keysAllowed = "at least one key, or known_hosts here or for all: a machine that cannot prove who it is is not trusted"

const least = `secret_file: /lab/secret
gateway: {listen: ["172.30.0.1:7280"]}
providers: {docker: {profiles: {small-x86_64: {image: "aiolos-node:lab"}}}}
`

func TestDefaults(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/cache")
	got, err := config.Parse([]byte(least))
	require.NoError(t, err)
	require.Equal(t, config.Config{
		TaskQueue: "aiolos", SecretFile: "/lab/secret",
		Health:          config.Health{Listen: "127.0.0.1:7281"},
		Gateway:         config.Gateway{Listen: []string{"172.30.0.1:7280"}, URL: "http://172.30.0.1:7280"},
		DefaultProvider: "docker", CacheDir: "/cache/aiolos",
		SSH: config.SSH{User: "root", Port: 22},
		Providers: config.Providers{Docker: &config.Docker{
			Lab: "lab", Network: "aiolos-lab",
			Profiles: map[string]config.DockerProfile{"small-x86_64": {Image: "aiolos-node:lab"}},
		}},
	}, got)
}

func TestWriteThenRead(t *testing.T) {
	want := config.Config{
		TaskQueue: "q", SecretFile: "/s", CacheDir: "/c", DefaultProvider: "docker",
		Health:  config.Health{Listen: "127.0.0.1:1"},
		Gateway: config.Gateway{Listen: []string{"10.0.0.1:2", "[::1]:3"}, URL: "https://gateway.example:4/x"},
		SSH:     config.SSH{User: "admin", Port: 2222},
		Providers: config.Providers{Docker: &config.Docker{
			Host: "unix:///run/docker.sock", Lab: "other", Network: "net",
			Profiles: map[string]config.DockerProfile{"big": {Image: "i: #\n", MemoryMB: 512, CPUs: 1.5}},
		}},
	}
	path := filepath.Join(t.TempDir(), "worker.yaml")
	require.NoError(t, want.Write(path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	got, err := config.Read(path)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// TestProviders reads what the guide shows of all of them.
func TestProviders(t *testing.T) {
	text, err := os.ReadFile("testdata/providers.yaml")
	require.NoError(t, err)
	got, err := config.Parse(text)
	require.NoError(t, err)
	require.Equal(t, []string{"docker", "ec2", "hosts"}, got.Providers.Names())
	require.Equal(t, "aws-sm:aiolos/worker#secret", got.SecretReference())
	require.Equal(t, "ssm:/aws/service/debian/release/12/latest/amd64", got.Providers.EC2.Profiles["small-x86_64"].Image.String())
	require.Equal(t, 147, got.Providers.EC2.Profiles["small-x86_64"].Volumes[0].SizeGiB)
	require.Equal(t, "1", got.Providers.Hosts.Machines[0].Labels["rack"])
	require.Equal(t, &hosts.Sudo{PasswordFile: "/etc/aiolos/sudo-password"}, got.Providers.Hosts.Machines[0].Sudo)
	require.Equal(t, "198.51.100.7", got.SSH.Bastions[0].Address)
	// What is written reads back.
	path := filepath.Join(t.TempDir(), "worker.yaml")
	require.NoError(t, got.Write(path))
	again, err := config.Read(path)
	require.NoError(t, err)
	require.Equal(t, got, again)
}

func TestReadNamesTheMissingFile(t *testing.T) {
	_, err := config.Read(filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "none.yaml")
}

func TestProblems(t *testing.T) {
	type problem = deploy.Problem
	const reference = "a reference (file:PATH, env:NAME, aws-sm:NAME[#KEY], aws-ssm:NAME)"
	const fields = "the fields task_queue, secret, secret_file, older_secret, health, gateway, default_provider, cache_dir, ssh, providers, payloads, codec_server, log, notifications"
	for name, c := range map[string]struct {
		text string
		want []problem
	}{
		"empty": {"", []problem{
			{Field: "secret_file", Allowed: "an absolute path; or secret in its place, " + reference},
			{Field: "gateway.listen", Allowed: "at least one host:port where nodes can reach the worker"},
			{Field: "providers", Allowed: "at least one provider: docker, ec2 or hosts; or simulation, which deploys nothing"},
		}},
		"not yaml": {"a: [\n", []problem{
			{Field: "the configuration", Value: "did not find expected node content", Allowed: "one YAML document", Line: 1},
		}},
		"a list": {"- 1\n", []problem{
			{Field: "the configuration", Value: "a list", Allowed: fields, Line: 1, Column: 1},
		}},
		"two documents": {least + "---\n{}\n", []problem{
			{Field: "the configuration", Value: "a second document", Allowed: "one YAML document", Line: 4},
		}},
		"unknown and twice": {least + "secrets: /x\nsecret_file: /y\n", []problem{
			{Field: "secrets", Value: "unknown field", Allowed: fields, Line: 4, Column: 1},
			{Field: "secret_file", Value: "secret_file", Allowed: "each name once", Line: 5, Column: 1},
		}},
		"all at once": {`secret_file: relative
cache_dir: [1]
health: {listen: nowhere}
gateway: {listen: ["0.0.0.0:7280", "x:99999"]}
default_provider: ec2
ssh: {port: 70000, user: {}}
providers:
  docker:
    host: nonsense
    lab: "a b"
    profiles:
      small: {memory_mb: many, cpus: -1}
`, []problem{
			{Field: "cache_dir", Value: "a list", Allowed: "a text", Line: 2, Column: 12},
			{Field: "ssh.user", Value: "a mapping", Allowed: "a text", Line: 6, Column: 26},
			{Field: "providers.docker.profiles.small.memory_mb", Value: "many", Allowed: "a whole number", Line: 12, Column: 26},
			{Field: "secret_file", Value: "relative", Allowed: "an absolute path; or secret in its place, " + reference, Line: 1, Column: 14},
			{Field: "health.listen", Value: "nowhere", Allowed: "host:port, the port 0 to 65535", Line: 3, Column: 18},
			{Field: "gateway.listen[1]", Value: "x:99999", Allowed: "host:port, the port 0 to 65535", Line: 4, Column: 36},
			{Field: "gateway.url", Allowed: "the http or https URL at which nodes reach the gateway, without a user", Line: 4, Column: 10},
			{Field: "ssh.port", Value: "70000", Allowed: "1 to 65535", Line: 6, Column: 13},
			{Field: "default_provider", Value: "ec2", Allowed: "a provider that is configured: docker", Line: 5, Column: 19},
			{Field: "providers.docker.host", Value: "nonsense", Allowed: "empty, or a URL such as unix:///var/run/docker.sock", Line: 9, Column: 11},
			{Field: "providers.docker.lab", Value: "a b", Allowed: "letters, digits, '_', '.' and '-', at most 63, the first a letter or digit", Line: 10, Column: 10},
			{Field: "providers.docker.network", Value: "aiolos-a b", Allowed: "letters, digits, '_', '.' and '-', at most 63, the first a letter or digit", Line: 9, Column: 5},
			{Field: "providers.docker.profiles.small.image", Allowed: "the node image", Line: 12, Column: 14},
			{Field: "providers.docker.profiles.small.cpus", Value: "-1", Allowed: "0 (no bound) to 65536", Line: 12, Column: 38},
		}},
		"secrets": {strings.Replace(least, "secret_file: /lab/secret", "secret: hunter2-hunter2\nolder_secret: file:relative", 1), []problem{
			{Field: "secret", Value: deploy.Hidden, Allowed: reference, Line: 1, Column: 9},
			{Field: "older_secret", Value: deploy.Hidden, Allowed: reference, Line: 2, Column: 15},
		}},
		"two secrets": {least + "secret: env:S\n", []problem{
			{Field: "secret_file", Value: "/lab/secret", Allowed: "nothing, as there is a secret", Line: 1, Column: 14},
		}},
		"ways": {least + "ssh: {algorithms: weak, bastions: [{name: gw, port: x}, {name: gw, address: a b}]}\n", []problem{
			{Field: "ssh.bastions[0].port", Value: "x", Allowed: "a whole number", Line: 4, Column: 53},
			{Field: "ssh.algorithms", Value: "weak", Allowed: "standard or strict", Line: 4, Column: 19},
			{Field: "ssh.bastions[0].host_keys", Allowed: keysAllowed, Line: 4, Column: 36},
			{Field: "ssh.bastions[1].name", Value: "gw", Allowed: "each name once", Line: 4, Column: 64},
			{Field: "ssh.bastions[1].address", Value: "a b", Allowed: "an IP address or a host name, without a port", Line: 4, Column: 77},
			{Field: "ssh.bastions[1].host_keys", Allowed: keysAllowed, Line: 4, Column: 57},
		}},
		"other providers": {`secret: env:AIOLOS_SECRET
gateway: {listen: ["10.0.0.1:7280"]}
default_provider: docker
providers:
  ec2:
    region: mars
    worker: prod
    profiles:
      small: {instance_type: m7i.large, image: "ubuntu", spot: perhaps, subnets: [subnet-0123456789abcdef0], security_groups: [sg-0123456789abcdef0]}
  hosts:
    known_hosts: [relative]
    machines: [{name: m0, out_of_service: maybe, labels: {rack: 1}}, {name: m0, labels: [a]}]
    profiles: {any: {}}
`, []problem{
			{Field: "providers.ec2.profiles.small.image", Value: "ubuntu", Allowed: "an image's ID (ami-…), ssm:PARAMETER, or an owner with a pattern of names (137112412989:al2023-ami-2023.*-x86_64)", Line: 9, Column: 48},
			{Field: "providers.ec2.profiles.small.spot", Value: "perhaps", Allowed: "true or false", Line: 9, Column: 64},
			{Field: "providers.hosts.machines[0].out_of_service", Value: "maybe", Allowed: "true or false", Line: 12, Column: 43},
			{Field: "providers.hosts.machines[1].labels", Value: "a list", Allowed: "a mapping of names", Line: 12, Column: 89},
			{Field: "default_provider", Value: "docker", Allowed: "a provider that is configured: ec2, hosts", Line: 3, Column: 19},
			{Field: "providers.ec2.region", Value: "mars", Allowed: "a region of AWS, such as eu-central-1", Line: 6, Column: 13},
			{Field: "providers.hosts.known_hosts[0]", Value: "relative", Allowed: "an absolute path", Line: 11, Column: 19},
			{Field: "providers.hosts.machines[1].name", Value: "m0", Allowed: "each name once", Line: 12, Column: 77},
		}},
		"simulation": {`secret: env:S
gateway: {listen: ["127.0.0.1:7280"]}
providers: {simulation: {url: "http://10.0.0.1:80", profiles: ["a b"], images: ["*", "a b"], disks: [{device: x, size_gb: 0}]}}
`, []problem{
			{Field: "providers.simulation.url", Value: "http://10.0.0.1:80", Allowed: "http://127.0.0.1:PORT, where the simulated machines are asked for", Line: 3, Column: 31},
			{Field: "providers.simulation.profiles[0]", Value: "a b", Allowed: "letters, digits, '_', '.' and '-', at most 63, the first a letter or digit", Line: 3, Column: 64},
			{Field: "providers.simulation.images[1]", Value: "a b", Allowed: "* or " + deploy.ImageNames.Allowed, Line: 3, Column: 86},
			{Field: "providers.simulation.disks[0].device", Value: "x", Allowed: deploy.DeviceNames.Allowed, Line: 3, Column: 111},
			{Field: "providers.simulation.disks[0].size_gb", Value: "0", Allowed: fmt.Sprintf("1 to %d", deploy.MaxSizeGB), Line: 3, Column: 123},
		}},
		"log and notifications": {least + `log: {format: xml, level: loud}
notifications:
  - {name: a, url: "https://user:hush@hook.example/hush", secret: "env:HOOK"}
  - {name: a, url: "ftp://hush", secret: hush, states: [Done, Finished]}
  - {name: "a/b", url: "https://hook.example", secret: "file:/hook"}
`, []problem{
			{Field: "log.format", Value: "xml", Allowed: "one of text, json", Line: 4, Column: 15},
			{Field: "log.level", Value: "loud", Allowed: "one of debug, info, warn, error", Line: 4, Column: 27},
			{Field: "notifications[1].name", Value: "a", Allowed: "a name that no other receiver has", Line: 7, Column: 12},
			{Field: "notifications[1].url", Value: deploy.Hidden, Allowed: "the http or https URL of the receiver", Line: 7, Column: 20},
			{Field: "notifications[1].secret", Value: deploy.Hidden, Allowed: "a reference to the secret: file:/PATH, env:NAME, aws-sm:NAME or aws-ssm:NAME", Line: 7, Column: 42},
			{Field: "notifications[1].states[1]", Value: "Finished", Allowed: "one of Planning, Running, NeedsAttention, Done, Failed, RolledBack, Cancelled, InSync, Drifted, Destroying, Destroyed", Line: 7, Column: 63},
			{Field: "notifications[2].name", Value: "a/b", Allowed: "letters, digits, '_', '.' and '-', at most 63, the first a letter or digit", Line: 8, Column: 12},
		}},
		"aliases": {least + "ssh: &s {port: 22}\nhealth: *s\n", []problem{
			{Field: "health", Value: "*s", Allowed: "the value itself; no aliases", Line: 5, Column: 9},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Parse([]byte(c.text))
			var invalid *deploy.InvalidError
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, c.want, invalid.Problems)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(least))
	if text, err := os.ReadFile("testdata/providers.yaml"); err == nil {
		f.Add(text)
	}
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("? {a: b}\n: c\n"))
	f.Add([]byte("<<: {a: b}\nssh: !!int x\nproviders: {docker: ~}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := config.Parse(text)
		if err != nil {
			var invalid *deploy.InvalidError
			require.ErrorAs(t, err, &invalid)
			require.NotEmpty(t, invalid.Problems)
			return
		}
		path := filepath.Join(t.TempDir(), "c")
		require.NoError(t, c.Write(path))
		again, err := config.Read(path)
		require.NoError(t, err)
		require.Equal(t, c, again)
	})
}
