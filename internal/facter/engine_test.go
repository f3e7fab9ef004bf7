package facter

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"aiolos/internal/nodeimage"
	"aiolos/internal/remote"
)

// container runs commands in a container, as root.
type container string

func (c container) Run(ctx context.Context, command remote.Command) (remote.Result, error) {
	args := append([]string{"exec", "-i", string(c), "sh", "-c", command.Script, "sh"}, command.Args...)
	cmd := exec.CommandContext(ctx, "docker", args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = command.Stdin, &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		err = nil
	}
	return remote.Result{Exit: cmd.ProcessState.ExitCode(), Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}, err
}

// sh runs a script that has to succeed.
func (c container) sh(t *testing.T, script string) string {
	t.Helper()
	res, err := c.Run(t.Context(), remote.Command{Script: script})
	require.NoError(t, err)
	require.Zero(t, res.Exit, "%s: %s%s", script, res.Stdout, res.Stderr)
	return strings.TrimSpace(string(res.Stdout))
}

// node is a container of a variant's image that runs nothing by itself.
func node(t *testing.T, variant nodeimage.Variant) container {
	t.Helper()
	if os.Getenv("AIOLOS_ENGINE") != "1" {
		t.Skip("left out: it needs the Docker engine; set AIOLOS_ENGINE=1")
	}
	cli, err := client.New(client.FromEnv, client.WithAPIVersion("1.41"))
	require.NoError(t, err)
	defer func() { _ = cli.Close() }()
	image, err := nodeimage.Ensure(t.Context(), cli, variant, func(s string) { t.Log(s) })
	require.NoError(t, err)
	name := "facter-" + strings.ToLower(rand.Text()[:8])
	out, err := exec.Command("docker", "run", "-d", "--name", name, "--hostname", "node02.example.org", "--entrypoint", "sleep", image, "600").CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Cleanup(func() {
		out, err := exec.Command("docker", "rm", "-f", "-v", name).CombinedOutput()
		require.NoError(t, err, "%s", out)
	})
	return container(name)
}

// TestEngineFacter asks the facter of Debian.
func TestEngineFacter(t *testing.T) {
	c := node(t, nodeimage.Lab)
	began := time.Now()
	got, err := Collect(t.Context(), c, []string{
		"ipaddress", "hostname", "operatingsystem", "osfamily", "lsbdistcodename", "processorcount", "fqdn", "is_virtual",
		"os.family", "os.release.major", "networking.ip", "glusterup", "memory.nosuch",
	})
	t.Logf("facter took %v", time.Since(began).Round(time.Millisecond))
	require.NoError(t, err)
	address, err := netip.ParseAddr(got["ipaddress"].(string))
	require.NoError(t, err)
	require.False(t, address.IsLoopback())
	require.Equal(t, "node02", got["hostname"])
	require.Equal(t, "Debian", got["operatingsystem"])
	require.Equal(t, "Debian", got["osfamily"])
	require.Equal(t, "node02.example.org", got["fqdn"])
	require.Equal(t, true, got["is_virtual"])
	require.Positive(t, got["processorcount"])
	require.Equal(t, map[string]any{"family": "Debian", "release": map[string]any{"major": "12"}}, got["os"])
	require.Equal(t, map[string]any{"ip": got["ipaddress"]}, got["networking"])
	require.NotContains(t, got, "glusterup")
	require.NotContains(t, got, "memory")
	require.Equal(t, c.sh(t, "hostname -I"), got["ipaddress"])
	require.Equal(t, got["ipaddress"], shell(t, c)["ipaddress"], "the shell says the same")
	require.Equal(t, got["hostname"], shell(t, c)["hostname"])
}

// shell is what is known without facter.
func shell(t *testing.T, c container) map[string]any {
	t.Helper()
	c.sh(t, "mv /usr/bin/facter /usr/bin/facter.away")
	defer c.sh(t, "mv /usr/bin/facter.away /usr/bin/facter")
	got, err := Collect(t.Context(), c, []string{"hostname", "ipaddress", "osfamily"})
	require.NoError(t, err)
	require.Len(t, got, 2)
	return got
}

// TestEngineCustomFacts drops facts as scripts do, one after the other.
func TestEngineCustomFacts(t *testing.T) {
	c := node(t, nodeimage.Lab)
	drop := map[string]string{
		"glusterup": `dir=$(ruby -e 'puts $LOAD_PATH.grep(/site_ruby$/)[0]')/facter; mkdir -p "$dir"
			echo 'Facter.add("glusterup") { setcode { Facter.value("hostname") + " is up" } }' >"$dir/glusterup.rb"`,
		"Level":  `mkdir -p /usr/lib/ruby/vendor_ruby/facter; echo 'Facter.add("Level") { setcode { 7 } }' >/usr/lib/ruby/vendor_ruby/facter/l.rb`,
		"rack":   `mkdir -p /etc/facter/facts.d; echo rack=r12 >/etc/facter/facts.d/rack.txt`,
		"broken": `echo 'Facter.add("broken") { setcode { raise "boom" } }' >/usr/lib/ruby/vendor_ruby/facter/broken.rb`,
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	order := []string{"broken", "rack", "Level", "glusterup"}
	got, err := await(ctx, c, []string{"glusterup", "Level", "rack", "os.family"}, func(missing []string) {
		t.Log("missing", missing)
		require.NotContains(t, missing, "os.family")
		if len(order) > 0 {
			c.sh(t, drop[order[0]])
			order = order[1:]
		}
	}, 10*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"glusterup": "node02 is up", "Level": 7.0, "rack": "r12", "os": map[string]any{"family": "Debian"},
	}, got)
}

// TestEngineBare asks a node that has no facter yet.
func TestEngineBare(t *testing.T) {
	c := node(t, nodeimage.Bare)
	got, err := Collect(t.Context(), c, []string{"hostname", "ipaddress", "osfamily"})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"hostname": "node02", "ipaddress": c.sh(t, "hostname -I")}, got)
}
