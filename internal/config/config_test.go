package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/config"
)

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

func TestReadNamesTheMissingFile(t *testing.T) {
	_, err := config.Read(filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "none.yaml")
}

func TestProblems(t *testing.T) {
	type problem = deploy.Problem
	const fields = "the fields task_queue, secret_file, health, gateway, default_provider, cache_dir, ssh, providers"
	for name, c := range map[string]struct {
		text string
		want []problem
	}{
		"empty": {"", []problem{
			{Field: "secret_file", Allowed: "an absolute path"},
			{Field: "gateway.listen", Allowed: "at least one host:port where nodes can reach the worker"},
			{Field: "providers", Allowed: "at least one provider: docker"},
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
		"unknown and twice": {least + "secret: /x\nsecret_file: /y\n", []problem{
			{Field: "secret", Value: "unknown field", Allowed: fields, Line: 4, Column: 1},
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
			{Field: "secret_file", Value: "relative", Allowed: "an absolute path", Line: 1, Column: 14},
			{Field: "health.listen", Value: "nowhere", Allowed: "host:port, the port 0 to 65535", Line: 3, Column: 18},
			{Field: "gateway.listen[1]", Value: "x:99999", Allowed: "host:port, the port 0 to 65535", Line: 4, Column: 36},
			{Field: "gateway.url", Allowed: "the http or https URL at which nodes reach the gateway, without a user"},
			{Field: "ssh.port", Value: "70000", Allowed: "1 to 65535", Line: 6, Column: 13},
			{Field: "default_provider", Value: "ec2", Allowed: "a provider that is configured: docker", Line: 5, Column: 19},
			{Field: "providers.docker.host", Value: "nonsense", Allowed: "empty, or a URL such as unix:///var/run/docker.sock", Line: 9, Column: 11},
			{Field: "providers.docker.lab", Value: "a b", Allowed: "letters, digits, '_', '.' and '-', at most 63, the first a letter or digit", Line: 10, Column: 10},
			{Field: "providers.docker.network", Value: "aiolos-a b", Allowed: "letters, digits, '_', '.' and '-', at most 63, the first a letter or digit"},
			{Field: "providers.docker.profiles.small.image", Allowed: "the node image"},
			{Field: "providers.docker.profiles.small.cpus", Value: "-1", Allowed: "0 (no bound) to 65536", Line: 12, Column: 38},
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
