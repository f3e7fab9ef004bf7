package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/lab/labtest"
)

// TestAttention: deployments that half fail, and how they are taken up.
func TestAttention(t *testing.T) {
	labtest.NeedEngine(t)
	l := labtest.Start(t, "e2eattention", 18033)
	ok := t.Run("a broken package source is mended by hand, and retried", func(t *testing.T) { retried(t, l) })
	if !ok {
		return
	}
	t.Run("a pool that cannot grow is rolled back to what it was", func(t *testing.T) { rolledBack(t, l) })
	t.Run("bricks and peers are taken back, and no file is lost", func(t *testing.T) { rolledBackWithBricks(t, l) })
	t.Run("a node that is lost is replaced", func(t *testing.T) { replaced(t, l) })
	t.Run("a deployment is cancelled, and its jobs end", func(t *testing.T) { cancelled(t, l) })
	t.Run("a failed deployment is replayed where it broke", func(t *testing.T) { replayed(t, l) })
}

// puppetRuns counts the Puppet runs of a deployment on a node.
func puppetRuns(t *testing.T, id string) string {
	t.Helper()
	return labtest.On(t, id, "ls -d /var/lib/aiolos/jobs/*.configure.* 2>/dev/null | wc -l")
}

func retried(t *testing.T, l *labtest.Lab) {
	l.Deploy(t, "pool", "nodes", "-p", "nodes=3")
	ids := l.Containers(t, "pool")
	labtest.On(t, ids[labtest.Storage(1)], "dpkg --force-depends -r glusterfs-client >/dev/null 2>&1; cd /etc/apt; mkdir away; mv sources.list* away/ 2>/dev/null; rm -rf /var/lib/apt/lists/*; "+
		"echo 'deb http://127.0.0.1:9/nothing bookworm main' > sources.list; ! dpkg -s glusterfs-client 2>/dev/null | grep -q 'install ok installed'")
	r := l.Aiolos(t, "deploy", "pool", "glusterfs", "-p", "nodes=3")
	require.Equal(t, 3, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	for _, says := range []string{"configure on storage-1", "glusterfs-client", "aiolos retry pool"} {
		require.Contains(t, r.Stdout+r.Stderr, says)
	}
	status := l.Status(t, "pool")
	require.Equal(t, deploy.StateNeedsAttention, status.State)
	require.Len(t, status.Failures, 1)
	r = l.Aiolos(t, "skip", "pool", "pool")
	require.Equal(t, 2, r.Code, "a step that has not failed cannot be skipped: %s", r.Stderr)

	labtest.On(t, ids[labtest.Storage(1)], "cd /etc/apt && rm sources.list && mv away/* . && apt-get -q update >/dev/null")
	r = l.Aiolos(t, "retry", "pool", "--by", "ann")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	l.Record(t, "pool", "retried")
	l.PoolIsGood(t, "pool", 3)
	require.Equal(t, ids, l.Containers(t, "pool"))
	for i, runs := range []string{"1", "2", "1"} {
		require.Equal(t, runs, puppetRuns(t, ids[labtest.Storage(i)]), labtest.Storage(i))
	}
}

// fuseDevice is what a volume is mounted with.
const fuseDevice = "/dev/fuse"

func rolledBack(t *testing.T, l *labtest.Lab) {
	before := l.Containers(t, "pool")
	labtest.On(t, before[labtest.Storage(0)], "mkdir -p /m && mount -t glusterfs pool-storage-0:/vol01 /m && echo kept > /m/keep && umount /m")
	info := labtest.On(t, before[labtest.Storage(0)], "gluster volume info vol01")
	l.TakeDevice(t, "pool", labtest.Storage(4), labtest.DataDevice)
	r := l.Aiolos(t, "deploy", "pool", "glusterfs", "-p", "nodes=5", "--on-failure", "rollback")
	require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	require.Contains(t, r.Stderr, "configure on storage-4")
	l.Record(t, "pool", "rolledback")
	require.Equal(t, deploy.StateRolledBack, l.Status(t, "pool").State)
	require.Empty(t, l.Status(t, "pool").Left)
	require.Equal(t, before, l.Containers(t, "pool"))
	require.Equal(t, info, labtest.On(t, before[labtest.Storage(0)], "gluster volume info vol01"))
	require.Equal(t, "kept", labtest.On(t, before[labtest.Storage(2)], "mkdir -p /m && mount -t glusterfs pool-storage-2:/vol01 /m && cat /m/keep; umount /m"))
	l.PoolIsGood(t, "pool", 3)
}

// rolledBackWithBricks: the volume has a brick on the node that leaves, and files
// on it.
func rolledBackWithBricks(t *testing.T, l *labtest.Lab) {
	before := l.Containers(t, "pool")
	labtest.On(t, before[labtest.Storage(0)], "mkdir -p /m && mount -t glusterfs pool-storage-0:/vol01 /m && seq 200 | while read i; do echo $i > /m/file$i; done; umount /m")
	l.TakeDevice(t, "pool", labtest.Storage(3), fuseDevice)
	r := l.Aiolos(t, "deploy", "pool", "glusterfs", "-p", "nodes=4", "-p", "rebalance=full", "--on-failure", "rollback")
	require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	status := l.Status(t, "pool")
	require.Equal(t, deploy.StateRolledBack, status.State)
	require.Empty(t, status.Left)
	l.Record(t, "pool", "undone")
	require.Contains(t, status.Changes, "added brick pool-storage-3:/data/brick01 to volume vol01")
	require.Contains(t, status.Changes, "removed brick pool-storage-3:/data/brick01 from volume vol01")
	require.Contains(t, status.Changes, "detached pool-storage-3")
	require.Equal(t, before, l.Containers(t, "pool"))
	require.Equal(t, "200", labtest.On(t, before[labtest.Storage(1)], "mkdir -p /m && mount -t glusterfs pool-storage-1:/vol01 /m && cat /m/file* | sort -nu | wc -l; umount /m"))
	l.PoolIsGood(t, "pool", 3)
}

func replaced(t *testing.T, l *labtest.Lab) {
	l.TakeDevice(t, "lost", labtest.Storage(1), labtest.DataDevice)
	r := l.Aiolos(t, "deploy", "lost", "glusterfs", "-p", "nodes=3")
	require.Equal(t, 3, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	before := l.Containers(t, "lost")
	labtest.Docker(t, "rm", "-f", before[labtest.Storage(1)])
	r = l.Aiolos(t, "replace-node", "lost", labtest.Storage(1), "--by", "ann")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	l.Record(t, "lost", "replaced")
	after := l.Containers(t, "lost")
	require.NotEqual(t, before[labtest.Storage(1)], after[labtest.Storage(1)])
	l.PoolIsGood(t, "lost", 3)
	for _, i := range []int{0, 2} {
		require.Equal(t, before[labtest.Storage(i)], after[labtest.Storage(i)])
		require.Equal(t, "1", puppetRuns(t, after[labtest.Storage(i)]), "%s was configured again", labtest.Storage(i))
	}
}

func replayed(t *testing.T, l *labtest.Lab) {
	mend := l.TakeDevice(t, "again", labtest.Storage(1), labtest.DataDevice)
	r := l.Aiolos(t, "deploy", "again", "glusterfs", "-p", "nodes=3", "--on-failure", "fail")
	require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	require.Contains(t, r.Stderr, "configure on storage-1")
	ids := l.Containers(t, "again")
	mend()
	r = l.Aiolos(t, "replay", "again")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	l.Record(t, "again", "replayed")
	require.Equal(t, ids, l.Containers(t, "again"))
	l.PoolIsGood(t, "again", 3)
	for i, runs := range []string{"1", "2", "1"} {
		require.Equal(t, runs, puppetRuns(t, ids[labtest.Storage(i)]), "%s was configured again", labtest.Storage(i))
	}
}

// stubborn has a job on each node that ends when it is asked to, or not, and that
// has started others.
const stubborn = `
name: stubborn
groups:
  web: {count: 2, profile: small-x86_64}
steps:
  work:
    on: web
    run:
      script: |
        #!/bin/bash
        sleep 1001 &
        trap 'echo asked >> /root/asked; if [ "$NODE" = web-0 ]; then exit 0; fi' TERM
        touch /root/works
        while :; do sleep 0.1; done
      env: {NODE: "${node.name}"}
`

// cancelled: all that a job started ends, also where the job itself does not want to.
func cancelled(t *testing.T, l *labtest.Lab) {
	path := filepath.Join(t.TempDir(), "stubborn.yaml")
	require.NoError(t, os.WriteFile(path, []byte(stubborn), 0o600))
	begin := func(name string, args ...string) map[string]string {
		r := l.Aiolos(t, append([]string{"deploy", name, path, "--detach"}, args...)...)
		require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
		labtest.Eventually(t, "the jobs work", time.Minute, func() bool {
			ids := l.Containers(t, name)
			for _, id := range ids {
				if exec.Command("docker", "exec", id, "test", "-e", "/root/works").Run() != nil {
					return false
				}
			}
			return len(ids) == 2
		})
		return l.Containers(t, name)
	}
	ids := begin("stopped")
	r := l.Aiolos(t, "cancel", "stopped")
	require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	l.Record(t, "stopped", "cancelled")
	for node, id := range ids {
		require.Equal(t, "asked", labtest.On(t, id, "head -n 1 /root/asked"), node)
		require.Equal(t, "0", labtest.On(t, id, "pgrep -cf 'sleep (1001|0.1)' || true"), "%s: something of the job goes on", node)
	}
	require.Equal(t, ids, l.Containers(t, "stopped"), "what was made stays")
	r = l.Aiolos(t, "cancel", "stopped")
	require.NotEqual(t, 0, r.Code)
	require.Contains(t, r.Stderr, "no operation runs")

	begin("gone", "--on-failure", "rollback")
	r = l.Aiolos(t, "cancel", "gone")
	require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	l.Record(t, "gone", "cancelledback")
	require.Empty(t, l.Containers(t, "gone"), "what was made is unmade")
}
