package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// TestGlusterFS is the life of a pool: wrong input, three nodes, the same again,
// five nodes, another pool beside it, a lab that is killed, and the end.
func TestGlusterFS(t *testing.T) {
	needEngine(t)
	l := startLab(t, "e2e", 17233)
	var first map[string]string

	t.Run("wrong input is refused at once and launches nothing", func(t *testing.T) { wrongInput(t, l) })
	ok := t.Run("three nodes", func(t *testing.T) {
		outcome := l.deploy(t, "pool", "glusterfs", "-p", "nodes=3")
		require.Equal(t, deploy.StateDone, outcome.State)
		l.record(t, "pool", "plain")
		first = l.containers(t, "pool")
		require.Len(t, first, 3)
		poolIsGood(t, l, "pool", 3)
		eachNodeIsGood(t, first)
	})
	if !ok {
		return
	}
	t.Run("summaries in the UI's history", func(t *testing.T) { summaries(t, l) })
	t.Run("the same again changes nothing", func(t *testing.T) {
		outcome := l.deploy(t, "pool", "glusterfs", "-p", "nodes=3")
		l.record(t, "pool", "again")
		require.Empty(t, outcome.Changes)
		require.Equal(t, first, l.containers(t, "pool"))
		r := l.aiolos(t, "deploy", "pool", "glusterfs", "-p", "nodes=3")
		require.Equal(t, 0, r.code, "%s", r.stderr)
		require.Contains(t, r.stdout+r.stderr, "nothing changed")
	})
	t.Run("fewer nodes are refused", func(t *testing.T) {
		r := l.aiolos(t, "deploy", "pool", "glusterfs", "-p", "nodes=2")
		require.Equal(t, 2, r.code, "%s\n%s", r.stdout, r.stderr)
		require.Contains(t, r.stderr, "parameters.nodes")
		require.Contains(t, r.stderr, "3")
		require.Equal(t, first, l.containers(t, "pool"))
	})
	t.Run("another type of volume is a conflict", func(t *testing.T) {
		r := l.aiolos(t, "deploy", "pool", "glusterfs", "-p", "nodes=3", "-p", "replica=3", "--on-failure", "fail")
		require.Equal(t, 1, r.code, "%s\n%s", r.stdout, r.stderr)
		require.Contains(t, strings.ToLower(r.stderr), "replica")
		l.record(t, "pool", "failed")
		poolIsGood(t, l, "pool", 3)
	})
	t.Run("five nodes, and a second pool beside", func(t *testing.T) {
		on(t, first[storage(0)], "mkdir -p /m && mount -t glusterfs pool-storage-0:/vol01 /m && echo kept > /m/keep && umount /m")
		var both sync.WaitGroup
		both.Go(func() { l.deploy(t, "two", "glusterfs", "-p", "nodes=2") })
		outcome := l.deploy(t, "pool", "glusterfs", "-p", "nodes=5")
		both.Wait()
		l.record(t, "pool", "grown")
		grown := l.containers(t, "pool")
		require.Len(t, grown, 5)
		for node, id := range first {
			require.Equal(t, id, grown[node], "%s was replaced", node)
			for _, change := range outcome.Changes {
				require.False(t, strings.HasPrefix(change, "Puppet changed") && strings.HasSuffix(change, " on "+node), "%q", change)
			}
		}
		poolIsGood(t, l, "pool", 5)
		poolIsGood(t, l, "two", 2)
		require.Equal(t, "kept", on(t, grown[storage(4)], "mkdir -p /m && mount -t glusterfs pool-storage-4:/vol01 /m && cat /m/keep && umount /m"))
	})
	t.Run("destroy removes one and leaves the other", func(t *testing.T) {
		r := l.aiolos(t, "destroy", "pool", "--confirm", "pool")
		require.Equal(t, 0, r.code, "%s\n%s", r.stdout, r.stderr)
		l.record(t, "pool", "destroyed")
		require.Empty(t, l.containers(t, "pool"))
		poolIsGood(t, l, "two", 2)
		r = l.aiolos(t, "destroy", "pool", "--confirm", "pool")
		require.Equal(t, 0, r.code, "nothing found is success: %s", r.stderr)
	})
	t.Run("a lab that is killed goes on where it was", func(t *testing.T) { killed(t, l) })
}

// wrongInput is everything that the command line has to refuse.
func wrongInput(t *testing.T, l *lab) {
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"deploy", "bad", "glusterfs", "-p", "nodes=0"}, []string{"parameters.nodes", "0", "from 1"}},
		{[]string{"deploy", "bad", "glusterfs", "-p", "nodes=abc"}, []string{"parameters.nodes", "abc", "integer"}},
		{[]string{"deploy", "bad", "glusterfs", "-p", "node=3"}, []string{"parameters.node", "nodes"}},
		{[]string{"deploy", "bad", "glusterfz"}, []string{"blueprint", "glusterfz", "glusterfs"}},
		{[]string{"deploy", "bad", "glusterfs", "-p", "nodes=4", "-p", "replica=3"}, []string{"replica", "3", "multiple"}},
		{[]string{"deploy", "bad", "glusterfs", "-p", "volume=;rm -rf /"}, []string{"parameters.volume", ";rm -rf /"}},
		{[]string{"deploy", "Bad_Name", "glusterfs"}, []string{"Bad_Name"}},
		{[]string{"deploy", "bad", "glusterfs", "--provider", "mars"}, []string{"provider", "mars", "docker"}},
		{[]string{"deploy", "bad", "glusterfs", "-p", "nodes"}, []string{"nodes"}},
		{[]string{"deploy", "bad"}, nil},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			began := time.Now()
			r := l.aiolos(t, c.args...)
			require.Equal(t, 2, r.code, "%s\n%s", r.stdout, r.stderr)
			for _, says := range c.says {
				require.Contains(t, r.stderr, says)
			}
			require.Less(t, time.Since(began), 5*time.Second, "not at once")
			require.Empty(t, l.containers(t, "bad"))
		})
	}
}

// poolIsGood looks at a pool from inside its nodes.
func poolIsGood(t *testing.T, l *lab, name string, nodes int) {
	t.Helper()
	ids := l.containers(t, name)
	require.Len(t, ids, nodes)
	info := on(t, ids[storage(0)], "gluster volume info vol01")
	require.Contains(t, info, "Volume Name: vol01")
	require.Contains(t, info, "Status: Started")
	require.Contains(t, info, "Transport-type: tcp")
	for i := range nodes {
		require.Contains(t, info, fmt.Sprintf("%s-%s:/data/brick01", name, storage(i)))
	}
	require.Contains(t, info, fmt.Sprintf("Number of Bricks: %d", nodes))
	for _, id := range ids {
		require.Equal(t, strconv.Itoa(nodes-1), on(t, id, "gluster peer status | grep -c 'Peer in Cluster (Connected)' || true"))
	}
	last := ids[storage(nodes-1)]
	on(t, ids[storage(0)], fmt.Sprintf("mkdir -p /m && mount -t glusterfs %s-%s:/vol01 /m && echo hello > /m/seen && umount /m", name, storage(0)))
	require.Equal(t, "hello", on(t, last, fmt.Sprintf("mkdir -p /m && mount -t glusterfs %s-%s:/vol01 /m && cat /m/seen && umount /m", name, storage(nodes-1))))
	status := l.status(t, name)
	require.Len(t, status.Nodes, nodes)
}

// eachNodeIsGood looks at what Puppet had to do on each node.
func eachNodeIsGood(t *testing.T, ids map[string]string) {
	t.Helper()
	devices := map[string]bool{}
	for node, id := range ids {
		require.Equal(t, "/dev/xvdj ext4", on(t, id, "findmnt -n -o SOURCE,FSTYPE /data | tr -s ' '"), node)
		require.Contains(t, on(t, id, "tune2fs -l /dev/xvdj"), "Inode size:\t          512", node)
		require.Equal(t, "b", on(t, id, "stat -c %A /dev/xvdj | cut -c1"), node)
		devices[on(t, id, "stat -c %t:%T /dev/xvdj")] = true
		require.Equal(t, "drwxr-xr-x root root", on(t, id, "stat -c '%A %U %G' /data"), node)
		for _, unit := range []string{"glusterd", "nftables", "aiolos-gluster-tuning"} {
			require.Equal(t, "active enabled", on(t, id, fmt.Sprintf("echo $(systemctl is-active %s) $(systemctl is-enabled %s)", unit, unit)), "%s on %s", unit, node)
		}
		require.Equal(t, "-rw------- root root", on(t, id, "stat -c '%A %U %G' /etc/nftables.conf"), node)
		require.Contains(t, on(t, id, "nft list table inet aiolos_gluster"), "24007-24008", node)
		require.Equal(t, "-rwxr-xr-x root root", on(t, id, "stat -c '%A %U %G' /usr/local/sbin/aiolos-gluster-tuning"), node)
		require.Equal(t, "1", on(t, id, "ls /etc/systemd/system/*.wants/aiolos-gluster-tuning.service | wc -l"), node)
		require.Contains(t, on(t, id, "journalctl -q -t configure"), "Applied catalog", node)
		require.Equal(t, "1", on(t, id, "ls -d /var/lib/aiolos/jobs/*.configure.* | wc -l"), node)
	}
	require.Len(t, devices, len(ids), "every node has a block device of its own")
}

// killed kills the lab in the middle of the Puppet runs and starts it again.
func killed(t *testing.T, l *lab) {
	r := l.aiolos(t, "deploy", "killed", "glusterfs", "-p", "nodes=3", "--detach")
	require.Equal(t, 0, r.code, "%s\n%s", r.stdout, r.stderr)
	eventually(t, "Puppet runs on all three nodes", time.Minute, func() bool {
		ids := l.containers(t, "killed")
		for _, id := range ids {
			// A node that is only just made does not answer yet.
			out, err := exec.Command("docker", "exec", id, "ps", "-eo", "args").Output()
			if err != nil || !strings.Contains(string(out), "puppet apply") {
				return false
			}
		}
		return len(ids) == 3
	})
	require.NoError(t, syscall.Kill(l.pid(t), syscall.SIGKILL))
	l.up(t)
	r = l.aiolos(t, "watch", "killed")
	require.Equal(t, 0, r.code, "%s\n%s", r.stdout, r.stderr)
	l.record(t, "killed", "killed")
	poolIsGood(t, l, "killed", 3)
	for node, id := range l.containers(t, "killed") {
		require.Equal(t, "1", on(t, id, "ls -d /var/lib/aiolos/jobs/*.configure.* | wc -l"), "Puppet ran more than once on %s", node)
		require.Equal(t, "1", on(t, id, "journalctl -q -t configure | grep -c 'Applied catalog' || true"), "Puppet applied more than once on %s", node)
	}
}

// pid reads the lab's process ID.
func (l *lab) pid(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(l.state, "pid"))
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	return pid
}
