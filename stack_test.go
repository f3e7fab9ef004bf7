package aiolos_test

import (
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"aiolos/internal/config"
)

// composed is what these tests look at of docker-compose.yml.
type composed struct {
	Services map[string]struct {
		Image       string
		Restart     string
		Ports       []string
		Healthcheck map[string]any
	}
}

func readComposed(t *testing.T) composed {
	t.Helper()
	text, err := os.ReadFile("docker-compose.yml")
	require.NoError(t, err)
	var file composed
	require.NoError(t, yaml.Unmarshal(text, &file))
	require.NotEmpty(t, file.Services)
	return file
}

// TestStackVersions wants the stack to have the versions that the lab has, and the
// stand-ins to be built from these.
func TestStackVersions(t *testing.T) {
	services := readComposed(t).Services
	server, ui := version(t, ".", "go.temporal.io/server"), version(t, ".", "github.com/temporalio/ui-server/v2")
	require.Equal(t, "temporalio/server:"+server, services["temporal"].Image)
	require.Equal(t, "temporalio/admin-tools:"+server, services["schema"].Image)
	require.Equal(t, "temporalio/ui:"+ui, services["ui"].Image)
	require.Equal(t, server, version(t, "tools/temporal", "go.temporal.io/server"))
	require.Equal(t, ui, version(t, "tools/temporal", "github.com/temporalio/ui-server/v2"))

	mod, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	dockerfile, err := os.ReadFile("docker/Dockerfile")
	require.NoError(t, err)
	goVersion := regexp.MustCompile(`(?m)^go (\S+)$`).FindSubmatch(mod)
	require.Contains(t, string(dockerfile), "FROM golang:"+string(goVersion[1])+"-")
}

// version is that of a module, without the v, as a go.mod in dir requires it.
func version(t *testing.T, dir, module string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}}", module)
	cmd.Dir = dir
	out, err := cmd.Output()
	require.NoError(t, err)
	return strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
}

// TestStackServices wants every service that stays to have a health check and to
// come back, and every published port to be on loopback.
func TestStackServices(t *testing.T) {
	variable := regexp.MustCompile(`\$\{\w+:-([^}]*)\}`)
	for name, s := range readComposed(t).Services {
		if s.Restart == "on-failure" {
			continue
		}
		require.Equal(t, "unless-stopped", s.Restart, name)
		require.NotEmpty(t, s.Healthcheck, name)
		for _, port := range s.Ports {
			host, _, _ := strings.Cut(variable.ReplaceAllString(port, "$1"), ":")
			address, err := netip.ParseAddr(host)
			require.NoError(t, err, "%s publishes %s", name, port)
			require.True(t, address.IsLoopback(), "%s publishes %s", name, port)
		}
	}
}

// TestStackWorker wants the worker's configuration to fit what the stack gives it.
func TestStackWorker(t *testing.T) {
	cfg, err := config.Read("docker/worker.yaml")
	require.NoError(t, err)
	require.Equal(t, "file:/run/secrets/worker_secret", cfg.SecretReference())
	require.Equal(t, "docker", cfg.DefaultProvider)
	text, err := os.ReadFile("docker-compose.yml")
	require.NoError(t, err)
	require.Contains(t, string(text), "${AIOLOS_LAB:-"+cfg.Providers.Docker.Lab+"}")
	require.Contains(t, string(text), "${AIOLOS_NODES:-"+cfg.Providers.Docker.Network+"}")
	require.Contains(t, string(text), "- cache:"+cfg.CacheDir)
}
