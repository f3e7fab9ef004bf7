package docker

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"aiolos/deploy"
	"aiolos/internal/nodeimage"
)

// lab is a lab of a test's own in the real engine, gone when the test ends.
type lab struct {
	*Provider
	name string
	keys keys
}

func newLab(t *testing.T, variant nodeimage.Variant) lab {
	t.Helper()
	if os.Getenv("AIOLOS_ENGINE") != "1" {
		t.Skip("left out: the provider's machines need a Docker engine (AIOLOS_ENGINE=1)")
	}
	ctx := t.Context()
	cli, err := Connect("")
	require.NoError(t, err)
	image, err := nodeimage.Ensure(ctx, cli, variant, func(s string) { t.Log(s) })
	require.NoError(t, err)
	name := fmt.Sprintf("test%d-%s", os.Getpid(), variant)
	p, err := New(Config{Lab: name, Network: name, Profiles: map[string]Profile{"small": {Image: image, MemoryMB: 1024, CPUs: 2}}})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err := RemoveAll(ctx, cli, name)
		require.NoError(t, err)
		assertNothingLeft(t, cli, name)
		require.NoError(t, p.Close())
		require.NoError(t, cli.Close())
		goleak.VerifyNone(t)
	})
	gateway, err := EnsureNetwork(ctx, cli, name, name)
	require.NoError(t, err)
	require.True(t, gateway.Is4())
	again, err := EnsureNetwork(ctx, cli, name, name)
	require.NoError(t, err)
	require.Equal(t, gateway, again)
	return lab{Provider: p, name: name, keys: newKeys(t)}
}

func assertNothingLeft(t *testing.T, cli *client.Client, name string) {
	t.Helper()
	ctx := context.Background()
	ours := make(client.Filters).Add("label", labelLab+"="+name)
	containers, err := cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ours})
	require.NoError(t, err)
	require.Empty(t, containers.Items)
	volumes, err := cli.VolumeList(ctx, client.VolumeListOptions{Filters: ours})
	require.NoError(t, err)
	require.Empty(t, volumes.Items)
	networks, err := cli.NetworkList(ctx, client.NetworkListOptions{Filters: ours})
	require.NoError(t, err)
	require.Empty(t, networks.Items)
	require.Empty(t, loops(t, "dep"+name))
}

// loops returns the loop devices of this machine with a deployment's disks.
func loops(t *testing.T, deployment string) (devices []string) {
	t.Helper()
	files, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	require.NoError(t, err)
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil && strings.Contains(string(text), "/"+deployment+".") {
			devices = append(devices, "/dev/"+strings.Split(f, "/")[3])
		}
	}
	return devices
}

func (l lab) deployment() string { return "dep" + l.name }

// nodes describes n nodes with a data disk of 147 GB each.
func (l lab) nodes(n int) []deploy.Launch {
	launches := make([]deploy.Launch, n)
	for i := range launches {
		name := fmt.Sprintf("storage-%d", i)
		hostname := l.deployment() + "-" + name
		launches[i] = deploy.Launch{UserData: l.keys.userData(hostname), NodeSpec: deploy.NodeSpec{
			Name: name, Group: "storage", Index: i, Hostname: hostname, Profile: "small",
			Disks: []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 147}},
		}}
	}
	return launches
}

func ids(instances []deploy.Instance) (ids []string) {
	for _, i := range instances {
		ids = append(ids, i.ID)
	}
	return ids
}

// loopOf returns the loop device of a node's disk, or nothing.
func loopOf(t *testing.T, deployment, node string) string {
	t.Helper()
	for _, device := range loops(t, deployment+"."+node) {
		return device
	}
	return ""
}

// losetup runs losetup on the engine's host, as the disks script does.
func (l lab) losetup(t *testing.T, args ...string) {
	t.Helper()
	options := diskHelper(l.name, l.profiles["small"].Image, "", nil)
	options.Config.Entrypoint, options.Config.Cmd = []string{"losetup"}, args
	created, err := l.cli.ContainerCreate(t.Context(), options)
	require.NoError(t, err)
	waiting := l.cli.ContainerWait(t.Context(), created.ID, client.ContainerWaitOptions{Condition: container.WaitConditionRemoved})
	_, err = l.cli.ContainerStart(t.Context(), created.ID, client.ContainerStartOptions{})
	require.NoError(t, err)
	select {
	case err := <-waiting.Error:
		require.NoError(t, err)
	case end := <-waiting.Result:
		require.Zero(t, end.StatusCode)
	}
}

// keys are the host key of the machines and the key of whoever logs in.
type keys struct {
	host, login         ssh.Signer
	hostPEM             string
	hostLine, loginLine string
}

func newKeys(t *testing.T) keys {
	t.Helper()
	one := func() (ssh.Signer, string, string) {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		require.NoError(t, err)
		block, err := ssh.MarshalPrivateKey(private, "")
		require.NoError(t, err)
		signer, err := ssh.NewSignerFromKey(private)
		require.NoError(t, err)
		return signer, string(pem.EncodeToMemory(block)), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	}
	var k keys
	k.host, k.hostPEM, k.hostLine = one()
	k.login, _, k.loginLine = one()
	return k
}

func (k keys) userData(hostname string) []byte {
	text, err := json.Marshal(map[string]any{
		"hostname":    hostname,
		"ssh_keys":    map[string]string{"ed25519_private": k.hostPEM, "ed25519_public": k.hostLine},
		"users":       []any{map[string]any{"name": "root", "ssh_authorized_keys": []string{k.loginLine}}},
		"write_files": []any{map[string]string{"path": "/etc/aiolos/token", "permissions": "0600", "content": "secret"}},
	})
	if err != nil {
		panic(err)
	}
	return append([]byte("#cloud-config\n"), text...)
}

// run waits until sshd answers with the right host key, and returns what a
// command prints.
func (k keys) run(t *testing.T, address, command string) string {
	t.Helper()
	config := &ssh.ClientConfig{
		User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(k.login)},
		HostKeyCallback: ssh.FixedHostKey(k.host.PublicKey()), Timeout: time.Second,
	}
	var conn *ssh.Client
	var err error
	for deadline := time.Now().Add(30 * time.Second); ; {
		if conn, err = ssh.Dial("tcp", net.JoinHostPort(address, "22"), config); err == nil || time.Now().After(deadline) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	session, err := conn.NewSession()
	require.NoError(t, err)
	var stdout, stderr bytes.Buffer
	session.Stdout, session.Stderr = &stdout, &stderr
	if err := session.Run(command); err != nil {
		t.Logf("%s: %v: %s", command, err, stderr.String())
	}
	return stdout.String()
}
