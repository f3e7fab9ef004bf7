package docker

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/nodeimage"
)

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

	out := l.keys.run(t, two[0].Address, "stat -c %F /dev/xvdj; blockdev --getsize64 /dev/xvdj; hostname; stat -c %a /etc/aiolos/token; systemctl is-enabled glusterd; ls /var/lib/glusterd/glusterd.info; logger -t aiolos-test hello; journalctl -q -t aiolos-test -o cat; getent hosts "+two[1].Hostname+" | tr -s ' '")
	t.Logf("launched, booted and answered over SSH in %v", time.Since(start))
	require.Equal(t, []string{"block special file", "147000000000", two[0].Hostname, "600", "disabled", "hello", two[1].Address + " " + two[1].Hostname}, strings.Split(strings.TrimSpace(out), "\n"))
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
	_, isGone, err := l.Gone(ctx, dep, two[0].AsNode())
	require.NoError(t, err)
	require.False(t, isGone, "it may boot again")
	restarted, err := l.Launch(ctx, dep, l.nodes(3))
	require.NoError(t, err)
	require.Equal(t, ids(three), ids(restarted))
	require.False(t, restarted[0].Launched)
	require.Equal(t, "kept\n", l.keys.run(t, restarted[0].Address, "mount /dev/xvdj /data && cat /data/file"))

	removed, err := l.Terminate(ctx, dep, []string{"storage-1", "storage-7"})
	require.NoError(t, err)
	require.Equal(t, []string{"storage-1"}, removed)
	why, isGone, err := l.Gone(ctx, dep, two[1].AsNode())
	require.NoError(t, err)
	require.True(t, isGone)
	require.Equal(t, "its container was removed", why)
	require.Len(t, loops(t, dep), 2)

	other, err := l.Terminate(ctx, "other", nil)
	require.NoError(t, err)
	require.Empty(t, other)

	for _, finding := range l.Doctor(ctx) {
		require.Equal(t, deploy.VerdictOK, finding.Verdict, "%+v", finding)
	}
	// One is removed as it was listed; a node that has another container by now stays.
	held, err := l.Belongings(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{three[0].ID, three[2].ID}, []string{held[0].ID, held[1].ID})
	require.WithinDuration(t, time.Now(), held[0].Made, time.Hour)
	gone, err := l.Discard(ctx, dep, []string{held[1].Name(), "container " + three[1].ID})
	require.NoError(t, err)
	require.Equal(t, held[1:], gone)
	require.Len(t, loops(t, dep), 1)

	start = time.Now()
	removed, err = l.Terminate(ctx, dep, nil)
	require.NoError(t, err)
	t.Logf("terminated a node in %v", time.Since(start))
	require.Equal(t, []string{"storage-0"}, removed)
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
	device := devices[diskFile(dep, "storage-1", nodes[1].Disks[0])]
	options, err := l.machine(dep, nodes[1].NodeSpec, map[string]string{"/dev/xvdj": device})
	require.NoError(t, err)
	created, err := l.cli.ContainerCreate(ctx, options)
	require.NoError(t, err)
	found, err := l.Find(ctx, dep)
	require.NoError(t, err)
	require.Empty(t, found)

	launched, err := l.Launch(ctx, dep, nodes[:2])
	require.NoError(t, err)
	require.Equal(t, created.ID, launched[1].ID)
	require.ElementsMatch(t, slices.Collect(maps.Values(devices)), loops(t, dep))
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
	require.Contains(t, strings.Join(disk.Evidence(), "\n"), "has 1000000000 bytes instead of 147000000000")
	_, err = l.Terminate(ctx, dep, nil)
	require.NoError(t, err)

	// The name is taken by a container that is nobody's node.
	options, err := l.machine("foreign", node.NodeSpec, map[string]string{"/dev/xvdj": "/dev/fuse"})
	require.NoError(t, err)
	options.Name = containerName(l.name, dep, node.Name)
	_, err = l.cli.ContainerCreate(ctx, options)
	require.NoError(t, err)
	_, err = l.Launch(ctx, dep, []deploy.Launch{node})
	require.ErrorAs(t, err, &failed)
	require.ErrorContains(t, err, "is taken by a container that is not this node's")
}

// TestStopped: a container that has ended is told from one that runs, with what it said last.
func TestStopped(t *testing.T) {
	l := newLab(t, nodeimage.Lab)
	ctx, dep := t.Context(), l.deployment()
	launched, err := l.Launch(ctx, dep, l.nodes(1))
	require.NoError(t, err)
	node := launched[0].AsNode()
	_, _, stopped, err := l.Stopped(ctx, dep, node)
	require.NoError(t, err)
	require.False(t, stopped)

	l.keys.run(t, node.Address, "true")
	_, err = l.cli.ContainerKill(ctx, node.ID, client.ContainerKillOptions{Signal: "KILL"})
	require.NoError(t, err)
	why, said, stopped, err := l.Stopped(ctx, dep, node)
	require.NoError(t, err)
	require.True(t, stopped)
	require.Equal(t, "its container ended with exit code 137", why)
	require.NotEmpty(t, said)

	strange := node
	strange.ID = "i-0123456789abcdef0"
	_, _, stopped, err = l.Stopped(ctx, dep, strange)
	require.NoError(t, err)
	require.False(t, stopped, "it is no container's")

	_, err = l.Terminate(ctx, dep, nil)
	require.NoError(t, err)
	_, _, stopped, err = l.Stopped(ctx, dep, node)
	require.Error(t, err, "it is gone, which is another question")
	require.False(t, stopped)
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

// After the host booted, a stopped node's disk is attached again where it was,
// and where that cannot be, the node does not get another's disk.
func TestStoppedNodeWhoseDiskIsDetached(t *testing.T) {
	l := newLab(t, nodeimage.Lab)
	ctx, dep := t.Context(), l.deployment()
	launched, err := l.Launch(ctx, dep, l.nodes(2))
	require.NoError(t, err)
	devices := loops(t, dep)
	require.Len(t, devices, 2)
	for _, i := range launched {
		_, err := l.cli.ContainerStop(ctx, i.ID, client.ContainerStopOptions{})
		require.NoError(t, err)
	}
	l.losetup(t, "--detach", devices[0], devices[1])
	require.Empty(t, loops(t, dep))
	again, err := l.Launch(ctx, dep, l.nodes(2))
	require.NoError(t, err)
	require.Equal(t, ids(launched), ids(again))
	require.Equal(t, devices, loops(t, dep))
	l.keys.run(t, again[1].Address, "test -b /dev/xvdj")

	_, err = l.cli.ContainerStop(ctx, again[0].ID, client.ContainerStopOptions{})
	require.NoError(t, err)
	file := disksFolder + "/" + diskFile(dep, "storage-0", l.nodes(1)[0].Disks[0])
	inspected, err := l.cli.ContainerInspect(ctx, again[0].ID, client.ContainerInspectOptions{})
	require.NoError(t, err)
	former := devicesOf(inspected.Container)["/dev/xvdj"]
	l.losetup(t, "--detach", former)
	l.losetup(t, "--find", file)
	if loopOf(t, dep, "storage-0") == former {
		l.losetup(t, "--find", file)
		l.losetup(t, "--detach", former)
	}
	_, err = l.Launch(ctx, dep, l.nodes(2))
	var failed *LaunchError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "storage-0", failed.Node)
	require.ErrorContains(t, err, "its disk /dev/xvdj was \""+former+"\" when it was made and is /dev/loop")
}
