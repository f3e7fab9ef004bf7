package e2e

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// TestAttention: deployments that half fail, and how they are taken up.
func TestAttention(t *testing.T) {
	needEngine(t)
	l := startLab(t, "e2eattention", 18033)
	ok := t.Run("a broken package source is mended by hand, and retried", func(t *testing.T) { retried(t, l) })
	if !ok {
		return
	}
	t.Run("a pool that cannot grow is rolled back to what it was", func(t *testing.T) { rolledBack(t, l) })
	t.Run("bricks and peers are taken back, and no file is lost", func(t *testing.T) { rolledBackWithBricks(t, l) })
	t.Run("a node that is lost is replaced", func(t *testing.T) { replaced(t, l) })
	t.Run("a failed deployment is replayed where it broke", func(t *testing.T) { replayed(t, l) })
}

// puppetRuns counts the Puppet runs of a deployment on a node.
func puppetRuns(t *testing.T, id string) string {
	t.Helper()
	return on(t, id, "ls -d /var/lib/aiolos/jobs/*.configure.* 2>/dev/null | wc -l")
}

func retried(t *testing.T, l *lab) {
	l.deploy(t, "pool", "nodes", "-p", "nodes=3")
	ids := l.containers(t, "pool")
	on(t, ids[storage(1)], "dpkg --force-depends -r glusterfs-client >/dev/null 2>&1; cd /etc/apt; mkdir away; mv sources.list* away/ 2>/dev/null; rm -rf /var/lib/apt/lists/*; "+
		"echo 'deb http://127.0.0.1:9/nothing bookworm main' > sources.list; ! dpkg -s glusterfs-client 2>/dev/null | grep -q 'install ok installed'")
	r := l.aiolos(t, "deploy", "pool", "glusterfs", "-p", "nodes=3")
	require.Equal(t, 3, r.code, "%s\n%s", r.stdout, r.stderr)
	for _, says := range []string{"configure on storage-1", "glusterfs-client", "aiolos retry pool"} {
		require.Contains(t, r.stdout+r.stderr, says)
	}
	status := l.status(t, "pool")
	require.Equal(t, deploy.StateNeedsAttention, status.State)
	require.Len(t, status.Failures, 1)
	r = l.aiolos(t, "skip", "pool", "pool")
	require.Equal(t, 2, r.code, "a step that has not failed cannot be skipped: %s", r.stderr)

	on(t, ids[storage(1)], "cd /etc/apt && rm sources.list && mv away/* . && apt-get -q update >/dev/null")
	r = l.aiolos(t, "retry", "pool", "--by", "ann")
	require.Equal(t, 0, r.code, "%s\n%s", r.stdout, r.stderr)
	l.record(t, "pool", "retried")
	poolIsGood(t, l, "pool", 3)
	require.Equal(t, ids, l.containers(t, "pool"))
	for i, runs := range []string{"1", "2", "1"} {
		require.Equal(t, runs, puppetRuns(t, ids[storage(i)]), storage(i))
	}
}

// A node's data device, without which Puppet cannot work there; and what a
// volume is mounted with.
const (
	dataDevice = "/dev/xvdj"
	fuseDevice = "/dev/fuse"
)

// breakDevice takes a device of a node away as soon as there is one, and returns
// what puts it back.
func breakDevice(t *testing.T, l *lab, deployment, node, path string) (mend func()) {
	t.Helper()
	device := make(chan string, 1)
	go func() {
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			name := fmt.Sprintf("aiolos-%s-%s-%s", l.name, deployment, node)
			out, err := exec.Command("docker", "exec", name, "sh", "-c", "stat -c '%t %T' "+path+" && rm "+path).Output()
			if err == nil {
				device <- strings.TrimSpace(string(out))
				return
			}
		}
		device <- ""
	}()
	return func() {
		numbers := <-device
		require.NotEmpty(t, numbers, "the device was never there")
		major, minor, _ := strings.Cut(numbers, " ")
		on(t, l.containers(t, deployment)[node], fmt.Sprintf("mknod %s b 0x%s 0x%s", path, major, minor))
	}
}

func rolledBack(t *testing.T, l *lab) {
	before := l.containers(t, "pool")
	on(t, before[storage(0)], "mkdir -p /m && mount -t glusterfs pool-storage-0:/vol01 /m && echo kept > /m/keep && umount /m")
	info := on(t, before[storage(0)], "gluster volume info vol01")
	breakDevice(t, l, "pool", storage(4), dataDevice)
	r := l.aiolos(t, "deploy", "pool", "glusterfs", "-p", "nodes=5", "--on-failure", "rollback")
	require.Equal(t, 1, r.code, "%s\n%s", r.stdout, r.stderr)
	require.Contains(t, r.stderr, "configure on storage-4")
	l.record(t, "pool", "rolledback")
	require.Equal(t, deploy.StateRolledBack, l.status(t, "pool").State)
	require.Empty(t, l.status(t, "pool").Left)
	require.Equal(t, before, l.containers(t, "pool"))
	require.Equal(t, info, on(t, before[storage(0)], "gluster volume info vol01"))
	require.Equal(t, "kept", on(t, before[storage(2)], "mkdir -p /m && mount -t glusterfs pool-storage-2:/vol01 /m && cat /m/keep; umount /m"))
	poolIsGood(t, l, "pool", 3)
}

// rolledBackWithBricks: the volume has a brick on the node that leaves, and files
// on it.
func rolledBackWithBricks(t *testing.T, l *lab) {
	before := l.containers(t, "pool")
	on(t, before[storage(0)], "mkdir -p /m && mount -t glusterfs pool-storage-0:/vol01 /m && seq 200 | while read i; do echo $i > /m/file$i; done; umount /m")
	breakDevice(t, l, "pool", storage(3), fuseDevice)
	r := l.aiolos(t, "deploy", "pool", "glusterfs", "-p", "nodes=4", "-p", "rebalance=full", "--on-failure", "rollback")
	require.Equal(t, 1, r.code, "%s\n%s", r.stdout, r.stderr)
	status := l.status(t, "pool")
	require.Equal(t, deploy.StateRolledBack, status.State)
	require.Empty(t, status.Left)
	l.record(t, "pool", "undone")
	require.Contains(t, status.Changes, "added brick pool-storage-3:/data/brick01 to volume vol01")
	require.Contains(t, status.Changes, "removed brick pool-storage-3:/data/brick01 from volume vol01")
	require.Contains(t, status.Changes, "detached pool-storage-3")
	require.Equal(t, before, l.containers(t, "pool"))
	require.Equal(t, "200", on(t, before[storage(1)], "mkdir -p /m && mount -t glusterfs pool-storage-1:/vol01 /m && cat /m/file* | sort -nu | wc -l; umount /m"))
	poolIsGood(t, l, "pool", 3)
}

func replaced(t *testing.T, l *lab) {
	breakDevice(t, l, "lost", storage(1), dataDevice)
	r := l.aiolos(t, "deploy", "lost", "glusterfs", "-p", "nodes=3")
	require.Equal(t, 3, r.code, "%s\n%s", r.stdout, r.stderr)
	before := l.containers(t, "lost")
	docker(t, "rm", "-f", before[storage(1)])
	r = l.aiolos(t, "replace-node", "lost", storage(1), "--by", "ann")
	require.Equal(t, 0, r.code, "%s\n%s", r.stdout, r.stderr)
	l.record(t, "lost", "replaced")
	after := l.containers(t, "lost")
	require.NotEqual(t, before[storage(1)], after[storage(1)])
	poolIsGood(t, l, "lost", 3)
	for _, i := range []int{0, 2} {
		require.Equal(t, before[storage(i)], after[storage(i)])
		require.Equal(t, "1", puppetRuns(t, after[storage(i)]), "%s was configured again", storage(i))
	}
}

func replayed(t *testing.T, l *lab) {
	mend := breakDevice(t, l, "again", storage(1), dataDevice)
	r := l.aiolos(t, "deploy", "again", "glusterfs", "-p", "nodes=3", "--on-failure", "fail")
	require.Equal(t, 1, r.code, "%s\n%s", r.stdout, r.stderr)
	require.Contains(t, r.stderr, "configure on storage-1")
	ids := l.containers(t, "again")
	mend()
	r = l.aiolos(t, "replay", "again")
	require.Equal(t, 0, r.code, "%s\n%s", r.stdout, r.stderr)
	l.record(t, "again", "replayed")
	require.Equal(t, ids, l.containers(t, "again"))
	poolIsGood(t, l, "again", 3)
	for i, runs := range []string{"1", "2", "1"} {
		require.Equal(t, runs, puppetRuns(t, ids[storage(i)]), "%s was configured again", storage(i))
	}
}
