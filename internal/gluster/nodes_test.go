package gluster

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

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
	if command.Stdout != nil {
		cmd.Stdout = command.Stdout
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		err = nil
	}
	if err == nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return remote.Result{Exit: cmd.ProcessState.ExitCode(), Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}, err
}

// sh runs a script that has to succeed.
func (c container) sh(t *testing.T, script string) string {
	t.Helper()
	res, err := c.Run(context.Background(), remote.Command{Script: script})
	require.NoError(t, err)
	require.Zero(t, res.Exit, "%s: %s%s", script, res.Stdout, res.Stderr)
	return strings.TrimSpace(string(res.Stdout))
}

func docker(args ...string) (string, error) {
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", args[0], err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// nodes boots machines in a network of their own, with glusterd running and
// /data for bricks: tmpfs keeps the attributes that gluster needs, overlayfs not.
func nodes(t *testing.T, n int) []Member {
	t.Helper()
	if os.Getenv("AIOLOS_ENGINE") != "1" {
		t.Skip("left out: it needs the Docker engine; set AIOLOS_ENGINE=1")
	}
	image := os.Getenv("AIOLOS_NODE_IMAGE")
	if image == "" {
		cli, err := client.New(client.FromEnv, client.WithAPIVersion("1.41"))
		require.NoError(t, err)
		defer func() { _ = cli.Close() }()
		image, err = nodeimage.Ensure(t.Context(), cli, nodeimage.Lab, func(s string) { t.Log(s) })
		require.NoError(t, err)
	}
	id := make([]byte, 4)
	_, _ = rand.Read(id)
	prefix := "glu-" + hex.EncodeToString(id)
	_, err := docker("network", "create", prefix)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := docker("network", "rm", prefix)
		require.NoError(t, err)
	})
	members := make([]Member, n)
	for i := range members {
		name := fmt.Sprintf("%s-%d", prefix, i)
		members[i] = Member{Node: fmt.Sprintf("storage-%d", i), Hostname: fmt.Sprintf("node-%d", i), Runner: container(name)}
		t.Cleanup(func() {
			_, err := docker("rm", "-f", "-v", name)
			require.NoError(t, err)
		})
		_, err := docker("create", "--name", name, "--hostname", members[i].Hostname, "--network", prefix, "--network-alias", members[i].Hostname,
			"--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN", "--cap-add", "SYS_PTRACE", "--cap-add", "MKNOD",
			"--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--device", "/dev/fuse",
			"--tmpfs", "/run", "--tmpfs", "/tmp:exec,mode=1777", "--tmpfs", "/data", "-v", "/sys/fs/cgroup:/sys/fs/cgroup:rw", image)
		require.NoError(t, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var group errgroup.Group
	for _, m := range members {
		group.Go(func() error {
			if _, err := docker("start", string(m.Runner.(container))); err != nil {
				return err
			}
			var said []byte
			for ctx.Err() == nil {
				// Systemd takes commands once its bus is up.
				res, err := m.Runner.Run(ctx, remote.Command{Script: "systemctl start glusterd 2>&1"})
				if err == nil && res.Exit == 0 {
					return nil
				}
				said = res.Stdout
				time.Sleep(100 * time.Millisecond)
			}
			return fmt.Errorf("glusterd on %s: %s", m.Node, said)
		})
	}
	require.NoError(t, group.Wait())
	return members
}
