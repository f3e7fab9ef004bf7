package e2e

import (
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/lab/labtest"
)

// TestGlusterFS is the life of a pool: wrong input, three nodes, the same again,
// five nodes, another pool beside it, a lab that is killed, and the end.
func TestGlusterFS(t *testing.T) {
	labtest.NeedEngine(t)
	l := labtest.Start(t, "e2e", 17233)
	var first map[string]string

	t.Run("wrong input is refused at once and launches nothing", func(t *testing.T) { wrongInput(t, l) })
	ok := t.Run("three nodes", func(t *testing.T) {
		outcome := l.Deploy(t, "pool", "glusterfs", "-p", "nodes=3")
		require.Equal(t, deploy.StateDone, outcome.State)
		l.Record(t, "pool", "plain")
		first = l.Containers(t, "pool")
		require.Len(t, first, 3)
		l.PoolIsGood(t, "pool", 3)
		eachNodeIsGood(t, first)
	})
	if !ok {
		return
	}
	t.Run("summaries in the UI's history", func(t *testing.T) { summaries(t, l) })
	t.Run("the same again changes nothing", func(t *testing.T) {
		outcome := l.Deploy(t, "pool", "glusterfs", "-p", "nodes=3")
		l.Record(t, "pool", "again")
		require.Empty(t, outcome.Changes)
		require.Equal(t, first, l.Containers(t, "pool"))
		r := l.Aiolos(t, "deploy", "pool", "glusterfs", "-p", "nodes=3")
		require.Equal(t, 0, r.Code, "%s", r.Stderr)
		require.Contains(t, r.Stdout+r.Stderr, "nothing changed")
	})
	t.Run("fewer nodes are refused", func(t *testing.T) {
		r := l.Aiolos(t, "deploy", "pool", "glusterfs", "-p", "nodes=2")
		require.Equal(t, 2, r.Code, "%s\n%s", r.Stdout, r.Stderr)
		require.Contains(t, r.Stderr, "parameters.nodes")
		require.Contains(t, r.Stderr, "3")
		require.Equal(t, first, l.Containers(t, "pool"))
	})
	t.Run("another type of volume is a conflict", func(t *testing.T) {
		r := l.Aiolos(t, "deploy", "pool", "glusterfs", "-p", "nodes=3", "-p", "replica=3", "--on-failure", "fail")
		require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
		require.Contains(t, strings.ToLower(r.Stderr), "replica")
		l.Record(t, "pool", "failed")
		l.PoolIsGood(t, "pool", 3)
	})
	t.Run("five nodes, and a second pool beside", func(t *testing.T) {
		labtest.On(t, first[labtest.Storage(0)], "mkdir -p /m && mount -t glusterfs pool-storage-0:/vol01 /m && echo kept > /m/keep && umount /m")
		var both sync.WaitGroup
		both.Go(func() { l.Deploy(t, "two", "glusterfs", "-p", "nodes=2") })
		outcome := l.Deploy(t, "pool", "glusterfs", "-p", "nodes=5")
		both.Wait()
		l.Record(t, "pool", "grown")
		grown := l.Containers(t, "pool")
		require.Len(t, grown, 5)
		for node, id := range first {
			require.Equal(t, id, grown[node], "%s was replaced", node)
			for _, change := range outcome.Changes {
				require.False(t, strings.HasPrefix(change, "Puppet changed") && strings.HasSuffix(change, " on "+node), "%q", change)
			}
		}
		l.PoolIsGood(t, "pool", 5)
		l.PoolIsGood(t, "two", 2)
		require.Equal(t, "kept", labtest.On(t, grown[labtest.Storage(4)], "mkdir -p /m && mount -t glusterfs pool-storage-4:/vol01 /m && cat /m/keep && umount /m"))
	})
	t.Run("destroy removes one and leaves the other", func(t *testing.T) {
		r := l.Aiolos(t, "destroy", "pool", "--confirm", "pool")
		require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
		l.Record(t, "pool", "destroyed")
		require.Empty(t, l.Containers(t, "pool"))
		l.PoolIsGood(t, "two", 2)
		r = l.Aiolos(t, "destroy", "pool", "--confirm", "pool")
		require.Equal(t, 0, r.Code, "nothing found is success: %s", r.Stderr)
	})
	t.Run("a lab that is killed goes on where it was", func(t *testing.T) { killed(t, l) })
}

// wrongInput is everything that the command line has to refuse.
func wrongInput(t *testing.T, l *labtest.Lab) {
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
			r := l.Aiolos(t, c.args...)
			require.Equal(t, 2, r.Code, "%s\n%s", r.Stdout, r.Stderr)
			for _, says := range c.says {
				require.Contains(t, r.Stderr, says)
			}
			require.Less(t, time.Since(began), 5*time.Second, "not at once")
			require.Empty(t, l.Containers(t, "bad"))
		})
	}
}

// eachNodeIsGood looks at what Puppet had to do on each node.
func eachNodeIsGood(t *testing.T, ids map[string]string) {
	t.Helper()
	devices := map[string]bool{}
	for node, id := range ids {
		require.Equal(t, "/dev/xvdj ext4", labtest.On(t, id, "findmnt -n -o SOURCE,FSTYPE /data | tr -s ' '"), node)
		require.Contains(t, labtest.On(t, id, "tune2fs -l /dev/xvdj"), "Inode size:\t          512", node)
		require.Equal(t, "b", labtest.On(t, id, "stat -c %A /dev/xvdj | cut -c1"), node)
		devices[labtest.On(t, id, "stat -c %t:%T /dev/xvdj")] = true
		require.Equal(t, "drwxr-xr-x root root", labtest.On(t, id, "stat -c '%A %U %G' /data"), node)
		for _, unit := range []string{"glusterd", "nftables", "aiolos-gluster-tuning"} {
			require.Equal(t, "active enabled", labtest.On(t, id, fmt.Sprintf("echo $(systemctl is-active %s) $(systemctl is-enabled %s)", unit, unit)), "%s on %s", unit, node)
		}
		require.Equal(t, "-rw------- root root", labtest.On(t, id, "stat -c '%A %U %G' /etc/nftables.conf"), node)
		require.Contains(t, labtest.On(t, id, "nft list table inet aiolos_gluster"), "24007-24008", node)
		require.Equal(t, "-rwxr-xr-x root root", labtest.On(t, id, "stat -c '%A %U %G' /usr/local/sbin/aiolos-gluster-tuning"), node)
		require.Equal(t, "1", labtest.On(t, id, "ls /etc/systemd/system/*.wants/aiolos-gluster-tuning.service | wc -l"), node)
		require.Contains(t, labtest.On(t, id, "journalctl -q -t configure"), "Applied catalog", node)
		require.Equal(t, "1", labtest.On(t, id, "ls -d /var/lib/aiolos/jobs/*.configure.* | wc -l"), node)
	}
	require.Len(t, devices, len(ids), "every node has a block device of its own")
}

// killed kills the lab in the middle of the Puppet runs and starts it again.
func killed(t *testing.T, l *labtest.Lab) {
	r := l.Aiolos(t, "deploy", "killed", "glusterfs", "-p", "nodes=3", "--detach")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	labtest.Eventually(t, "Puppet runs on all three nodes", time.Minute, func() bool {
		ids := l.Containers(t, "killed")
		for _, id := range ids {
			// A node that is only just made does not answer yet.
			out, err := exec.Command("docker", "exec", id, "ps", "-eo", "args").Output()
			if err != nil || !strings.Contains(string(out), "puppet apply") {
				return false
			}
		}
		return len(ids) == 3
	})
	require.NoError(t, syscall.Kill(l.PID(t), syscall.SIGKILL))
	l.Up(t)
	r = l.Aiolos(t, "watch", "killed")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	l.Record(t, "killed", "killed")
	l.PoolIsGood(t, "killed", 3)
	for node, id := range l.Containers(t, "killed") {
		require.Equal(t, "1", labtest.On(t, id, "ls -d /var/lib/aiolos/jobs/*.configure.* | wc -l"), "Puppet ran more than once on %s", node)
		require.Equal(t, "1", labtest.On(t, id, "journalctl -q -t configure | grep -c 'Applied catalog' || true"), "Puppet applied more than once on %s", node)
	}
}
