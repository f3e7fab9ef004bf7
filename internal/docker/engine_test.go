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
	"sync"
	"testing"
	"time"

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

func TestLifeOfADeployment(t *testing.T) {
	l := newLab(t, nodeimage.Lab)
	ctx := t.Context()
	dep := l.deployment()

	start := time.Now()
	two, err := l.Launch(ctx, dep, l.nodes(2))
	require.NoError(t, err)
	t.Logf("launched two nodes in %v", time.Since(start))
	require.Len(t, two, 2)
	require.True(t, two[0].Launched && two[1].Launched)
	require.Len(t, loops(t, dep), 2)

	out := l.keys.run(t, two[0].Address, "stat -c %F /dev/xvdj; blockdev --getsize64 /dev/xvdj; hostname; stat -c %a /etc/aiolos/token; systemctl is-enabled glusterd; ls /var/lib/glusterd/glusterd.info; logger -t aiolos-test hello; journalctl -q -t aiolos-test -o cat; getent hosts "+two[1].Hostname)
	t.Logf("launched, booted and answered over SSH in %v", time.Since(start))
	require.Equal(t, []string{"block special file", "147000000000", two[0].Hostname, "600", "disabled", "hello", two[1].Address + "      " + two[1].Hostname}, strings.Split(strings.TrimSpace(out), "\n"))
	out = l.keys.run(t, two[0].Address, "mkfs.ext4 -q -I 512 -E lazy_itable_init=1,lazy_journal_init=1 /dev/xvdj && mkdir /data && mount /dev/xvdj /data && echo kept >/data/file && sync && stat -f -c %T /data")
	require.Equal(t, "ext2/ext3\n", out)

	// The secrets are nowhere where whoever looks at containers sees them.
	inspected, err := l.cli.ContainerInspect(ctx, two[0].ID, client.ContainerInspectOptions{})
	require.NoError(t, err)
	text, err := json.Marshal(inspected)
	require.NoError(t, err)
	require.NotContains(t, string(text), "PRIVATE KEY")

	again, err := l.Launch(ctx, dep, l.nodes(2))
	require.NoError(t, err)
	require.Equal(t, ids(two), ids(again))
	require.False(t, again[0].Launched || again[1].Launched)

	three, err := l.Launch(ctx, dep, l.nodes(3))
	require.NoError(t, err)
	require.Equal(t, ids(two), ids(three[:2]))
	require.Equal(t, []bool{false, false, true}, []bool{three[0].Launched, three[1].Launched, three[2].Launched})
	require.Len(t, loops(t, dep), 3)

	found, err := l.Find(ctx, dep)
	require.NoError(t, err)
	require.Equal(t, ids(three), ids(found))
	require.Equal(t, three[2].AsNode(), found[2].AsNode())

	// A stopped node is started again, with its disk and what is on it.
	_, err = l.cli.ContainerKill(ctx, two[0].ID, client.ContainerKillOptions{Signal: "KILL"})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		found, err := l.Find(ctx, dep)
		return err == nil && len(found) == 2
	}, 10*time.Second, 50*time.Millisecond)
	restarted, err := l.Launch(ctx, dep, l.nodes(3))
	require.NoError(t, err)
	require.Equal(t, ids(three), ids(restarted))
	require.False(t, restarted[0].Launched)
	require.Equal(t, "kept\n", l.keys.run(t, restarted[0].Address, "mount /dev/xvdj /data && cat /data/file"))

	removed, err := l.Terminate(ctx, dep, []string{"storage-1", "storage-7"})
	require.NoError(t, err)
	require.Equal(t, []string{"storage-1"}, removed)
	require.Len(t, loops(t, dep), 2)

	other, err := l.Terminate(ctx, "other", nil)
	require.NoError(t, err)
	require.Empty(t, other)

	start = time.Now()
	removed, err = l.Terminate(ctx, dep, nil)
	require.NoError(t, err)
	t.Logf("terminated two nodes in %v", time.Since(start))
	require.Equal(t, []string{"storage-0", "storage-2"}, removed)
	require.Empty(t, loops(t, dep))
	removed, err = l.Terminate(ctx, dep, nil)
	require.NoError(t, err)
	require.Empty(t, removed)
}

func TestConcurrentAttempts(t *testing.T) {
	l := newLab(t, nodeimage.Lab)
	results := make([][]deploy.Instance, 3)
	errs := make([]error, len(results))
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { results[i], errs[i] = l.Launch(t.Context(), l.deployment(), l.nodes(3)) })
	}
	wg.Wait()
	for i := range results {
		require.NoError(t, errs[i])
		require.Equal(t, ids(results[0]), ids(results[i]))
	}
	require.Len(t, loops(t, l.deployment()), 3)
	l.keys.run(t, results[0][2].Address, "true")
}

// What an attempt that died left behind is completed, not made anew.
func TestHalfMadeNodes(t *testing.T) {
	l := newLab(t, nodeimage.Lab)
	ctx, dep := t.Context(), l.deployment()
	nodes := l.nodes(3)
	image := l.profiles["small"].Image

	// storage-0: the disk is attached, there is no container. storage-1: the
	// container is created, but has neither user data nor was it started.
	wanted := []wantedDisk{{node: "storage-0", disk: nodes[0].Disks[0]}, {node: "storage-1", disk: nodes[1].Disks[0]}}
	devices, err := l.attach(ctx, dep, image, wanted)
	require.NoError(t, err)
	options, err := l.machine(dep, nodes[1].NodeSpec, devices[1:])
	require.NoError(t, err)
	created, err := l.cli.ContainerCreate(ctx, options)
	require.NoError(t, err)
	found, err := l.Find(ctx, dep)
	require.NoError(t, err)
	require.Empty(t, found)

	launched, err := l.Launch(ctx, dep, nodes[:2])
	require.NoError(t, err)
	require.Equal(t, created.ID, launched[1].ID)
	require.ElementsMatch(t, devices, loops(t, dep))
	l.keys.run(t, launched[1].Address, "true")

	// A disk without a node is removed with the deployment.
	_, err = l.attach(ctx, dep, image, []wantedDisk{{node: "storage-2", disk: nodes[2].Disks[0]}})
	require.NoError(t, err)
	removed, err := l.Terminate(ctx, dep, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"storage-0", "storage-1", "storage-2"}, removed)
	require.Empty(t, loops(t, dep))
}

func TestLaunchFailures(t *testing.T) {
	l := newLab(t, nodeimage.Lab)
	ctx, dep := t.Context(), l.deployment()
	l.profiles["gone"] = Profile{Image: "aiolos-node:gone"}
	node := l.nodes(1)[0]
	node.Disks = nil
	node.Profile = "gone"
	_, err := l.Launch(ctx, dep, []deploy.Launch{node})
	var failed *LaunchError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "storage-0", failed.Node)
	require.ErrorContains(t, err, "aiolos-node:gone")

	// A disk of another size is not what was asked for, and may hold data.
	node = l.nodes(1)[0]
	_, err = l.attach(ctx, dep, l.profiles["small"].Image, []wantedDisk{{node: node.Name, disk: deploy.Disk{Device: "/dev/xvdj", SizeGB: 1}}})
	require.NoError(t, err)
	_, err = l.Launch(ctx, dep, []deploy.Launch{node})
	var disk *DiskError
	require.ErrorAs(t, err, &disk)
	require.ErrorContains(t, err, "has 1000000000 bytes instead of 147000000000")
	_, err = l.Terminate(ctx, dep, nil)
	require.NoError(t, err)

	// The name is taken by a container that is nobody's node.
	options, err := l.machine("foreign", node.NodeSpec, []string{"/dev/fuse"})
	require.NoError(t, err)
	options.Name = containerName(l.name, dep, node.Name)
	_, err = l.cli.ContainerCreate(ctx, options)
	require.NoError(t, err)
	_, err = l.Launch(ctx, dep, []deploy.Launch{node})
	require.ErrorAs(t, err, &failed)
	require.ErrorContains(t, err, "is taken by a container that is not this node's")
}

// Debian's own cloud-init reads the same user data.
func TestBareVariant(t *testing.T) {
	l := newLab(t, nodeimage.Bare)
	start := time.Now()
	one, err := l.Launch(t.Context(), l.deployment(), l.nodes(1))
	require.NoError(t, err)
	l.keys.run(t, one[0].Address, "true")
	t.Logf("launched, booted and answered over SSH in %v", time.Since(start))
	out := l.keys.run(t, one[0].Address, "cloud-init status --wait >/dev/null; cloud-init status; stat -c %a /etc/aiolos/token; hostname; ls /usr/bin/puppet /usr/sbin/glusterd 2>&1 | grep -c 'No such'")
	require.Equal(t, []string{"status: done", "600", one[0].Hostname, "2"}, strings.Split(strings.TrimSpace(out), "\n"))
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
	defer conn.Close()
	session, err := conn.NewSession()
	require.NoError(t, err)
	var stdout, stderr bytes.Buffer
	session.Stdout, session.Stderr = &stdout, &stderr
	if err := session.Run(command); err != nil {
		t.Logf("%s: %v: %s", command, err, stderr.String())
	}
	return stdout.String()
}
