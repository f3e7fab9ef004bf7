package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/lab/labtest"
)

// article is the article's own application on Debian nodes: the deployable in
// testdata, which has the structure of the one from 2012.
type article struct {
	*labtest.Lab
	url     string
	outcome deploy.Outcome
	ids     map[string]string
}

const deployable = "testdata/glusterfs-debian.xml"

// up deploys it, with further arguments.
func (a *article) up(t *testing.T, args ...string) {
	t.Helper()
	a.outcome = a.Deploy(t, "article", deployable, append([]string{
		"-p", "node01.glusterd.giturl=" + a.url, "-p", "node02.glusterd.giturl=" + a.url}, args...)...)
	a.ids = a.Containers(t, "article")
}

// each runs a script on every node and wants the same answer of all.
func (a *article) each(t *testing.T, want, script string) {
	t.Helper()
	for node, id := range a.ids {
		require.Equal(t, want, labtest.On(t, id, script), node)
	}
}

// said wants a line in a node's journal under a tag. The journal is written by
// another process than the step's, a moment later.
func (a *article) said(t *testing.T, id, tag, line string) {
	t.Helper()
	labtest.Eventually(t, tag+" says "+line, 10*time.Second, func() bool {
		return strings.Contains(labtest.On(t, id, "journalctl -q -t "+tag), line)
	})
}

// step returns where a step stands on a node.
func (a *article) step(t *testing.T, name, node string) deploy.StepStatus {
	t.Helper()
	for _, s := range a.Status(t, "article").Steps {
		if s.Name == name && s.Node == node {
			return s
		}
	}
	t.Fatalf("no step %s on %s", name, node)
	return deploy.StepStatus{}
}

// TestArticle goes through everything that the article of 2012 demonstrates, a
// row after the other; docs/article.md has the rows.
func TestArticle(t *testing.T) {
	labtest.NeedEngine(t)
	a := &article{Lab: labtest.Start(t, "e2earticle", 17633)}
	a.url = a.serveManifest(t)
	a.up(t)
	one, two := a.ids["node01-0"], a.ids["node02-0"]
	for _, row := range []struct {
		number int
		what   string
		show   func(*testing.T)
	}{
		{1, "one blueprint starts two instances", func(t *testing.T) {
			require.Len(t, a.ids, 2)
			require.NotEmpty(t, one)
			require.NotEmpty(t, two)
		}},
		{2, "both have one hardware profile and one image", func(t *testing.T) {
			require.Equal(t, labtest.Docker(t, "inspect", "-f", "{{.Image}}", one), labtest.Docker(t, "inspect", "-f", "{{.Image}}", two))
		}},
		{3, "an empty description and an inline script are accepted", func(t *testing.T) {
			require.Equal(t, 0, a.Aiolos(t, "validate", deployable).Code)
		}},
		{4, "the tag has a default that can be changed at launch", func(t *testing.T) {
			a.each(t, "v1.0", "cat /etc/gluster-puppet.version")
		}},
		{5, "git and Puppet are installed", func(t *testing.T) {
			a.each(t, "git\npuppet-agent", "dpkg-query -W -f '${db:Status-Status} ${Package}\n' git puppet-agent | sed -n 's/^installed //p'")
		}},
		{6, "the manifest comes from git at the chosen tag", func(t *testing.T) {
			a.each(t, "v1.0", "git -C /var/lib/gluster-puppet describe --tags")
		}},
		{7, "variables reach Puppet as facts", func(t *testing.T) {
			// The manifest reads both: where its files are, and which device it mounts.
			a.each(t, "/dev/xvdj", "findmnt -n -o SOURCE /data")
			a.each(t, "same", "cmp -s /var/lib/gluster-puppet/dist/nftables.conf /etc/nftables.conf && echo same")
		}},
		{8, "Puppet applies the manifest", func(t *testing.T) {
			for node, id := range a.ids {
				a.said(t, id, strings.TrimSuffix(node, "-0")+"-glusterd", "Applied catalog")
			}
		}},
		{9, "the device is formatted with inodes of 512 bytes, once", func(t *testing.T) {
			a.each(t, "ext4", "blkid -p -s TYPE -o value /dev/xvdj")
			a.each(t, "512", "tune2fs -l /dev/xvdj | sed -n 's/^Inode size: *//p'")
		}},
		{10, "/data is a directory of root", func(t *testing.T) {
			a.each(t, "drwxr-xr-x root root", "stat -c '%A %U %G' /data")
		}},
		{11, "the device is mounted at /data", func(t *testing.T) {
			a.each(t, "/dev/xvdj ext4", "findmnt -n -o SOURCE,FSTYPE /data | tr -s ' '")
			a.each(t, "/data ext4 defaults", "awk '$1 == \"/dev/xvdj\" {print $2, $3, $4}' /etc/fstab")
		}},
		{12, "the firewall's rules are root's alone", func(t *testing.T) {
			a.each(t, "-rw------- root root", "stat -c '%A %U %G' /etc/nftables.conf")
			for _, id := range a.ids {
				require.Contains(t, labtest.On(t, id, "nft list table inet gluster_pool"), "24007", "the service was notified")
			}
		}},
		{13, "the firewall runs and is enabled", func(t *testing.T) {
			a.each(t, "active enabled", "echo $(systemctl is-active nftables) $(systemctl is-enabled nftables)")
		}},
		{14, "the source of GlusterFS's packages is configured", func(t *testing.T) {
			a.each(t, "-rw-r--r-- root root", "stat -c '%A %U %G' /etc/apt/preferences.d/glusterfs")
			a.each(t, "Pin: release n=bookworm Pin-Priority: 900", "grep -h ^Pin /etc/apt/preferences.d/glusterfs | xargs")
		}},
		{15, "server, geo-replication and fuse are installed", func(t *testing.T) {
			a.each(t, "installed installed", "dpkg-query -W -f '${db:Status-Status} ' glusterfs-server glusterfs-client | xargs")
			a.each(t, "there", "find / -xdev -path '*glusterfs/python/syncdaemon*' -name gsyncd.py | grep -q . && echo there")
		}},
		{16, "glusterd runs, is enabled, and restarts with its package", func(t *testing.T) {
			a.each(t, "active enabled", "echo $(systemctl is-active glusterd) $(systemctl is-enabled glusterd)")
		}},
		{17, "the tuning script is installed", func(t *testing.T) {
			a.each(t, "-rwxr-xr-x root root", "stat -c '%A %U %G' /usr/local/sbin/gluster-tuning")
		}},
		{18, "it runs at once, and is registered for boot once", func(t *testing.T) {
			a.each(t, "1", "ls /etc/systemd/system/*.wants/gluster-tuning.service | wc -l")
			a.each(t, "ran", "test -s /run/gluster-tuning/runs && echo ran")
		}},
		{19, "node02 publishes the fact when it is configured", func(t *testing.T) {
			require.Equal(t, "true", labtest.On(t, two, "facter glusterup"))
			require.Empty(t, labtest.On(t, one, "facter glusterup"))
		}},
		{20, "node02 returns hostname and glusterup", func(t *testing.T) {
			facts := a.facts("node02-0")
			require.Equal(t, "article-node02-0", facts["hostname"])
			require.Equal(t, true, facts["glusterup"])
		}},
		{21, "node01 starts only once both are known", func(t *testing.T) {
			started, finished := a.step(t, "node01-glusterd", "node01-0").Started, a.step(t, "node02-glusterd", "node02-0").Finished
			require.False(t, started.Before(*finished), "node01 began at %s, node02 was done at %s", started, finished)
		}},
		{22, "node02's host name reaches node01's script", func(t *testing.T) {
			require.Contains(t, labtest.On(t, one, "gluster peer status"), "Hostname: article-node02-0")
			a.said(t, one, "node01-glusterd", "node02 is up: true")
		}},
		{23, "node01 probes its peer", func(t *testing.T) {
			a.said(t, one, "node01-glusterd", "peer probe: success")
		}},
		{24, "one peer, by host name, connected", func(t *testing.T) {
			status := labtest.On(t, one, "gluster peer status")
			require.Contains(t, status, "Number of Peers: 1")
			require.Contains(t, status, "State: Peer in Cluster (Connected)")
		}},
		{25, "the volume is distributed over two bricks, and started", func(t *testing.T) {
			info := labtest.On(t, one, "gluster volume info vol01")
			for _, says := range []string{"Type: Distribute", "Status: Started", "Transport-type: tcp", "Number of Bricks: 2",
				"Brick1: article-node01-0:/data/brick01", "Brick2: article-node02-0:/data/brick01"} {
				require.Contains(t, info, says)
			}
		}},
		{26, "it mounts, and has the size of both bricks", func(t *testing.T) {
			brick, err := strconv.Atoi(labtest.On(t, one, "df --output=size -B1M /data | tail -1 | tr -d ' '"))
			require.NoError(t, err)
			size, err := strconv.Atoi(labtest.On(t, one, "mkdir -p /m && mount -t glusterfs article-node01-0:/vol01 /m && echo kept > /m/keep && df --output=size -B1M /m | tail -1 | tr -d ' '; umount /m"))
			require.NoError(t, err)
			require.InDelta(t, 2*brick, size, float64(brick)/50)
		}},
		{27, "output goes to syslog under a tag per script", func(t *testing.T) {
			a.said(t, one, "node01-glusterd", "volume start: vol01: success")
			a.said(t, two, "node02-glusterd", "Applied catalog")
		}},
		{28, "what was asked, when the script began, how it ended, what it said", func(t *testing.T) {
			history := a.History(t, "article")
			require.Contains(t, history, "Facts of node02-0")
			require.Contains(t, history, "Run on node01-0")
			step := a.step(t, "node01-glusterd", "node01-0")
			require.NotNil(t, step.Started)
			require.Contains(t, step.Message, "ran in")
			require.Equal(t, "0", labtest.On(t, one, "cut -d' ' -f1 /var/lib/aiolos/jobs/article.*.node01-glusterd.*/exit"))
			require.Contains(t, labtest.On(t, one, "cat /var/lib/aiolos/jobs/article.*.node01-glusterd.*/output"), "volume start: vol01: success")
		}},
	} {
		t.Run(fmt.Sprintf("row %d, %s", row.number, row.what), row.show)
	}
	if t.Failed() {
		return
	}
	t.Run("row 29, any number of nodes works the same way", func(t *testing.T) { a.grow(t, one, two) })
	t.Run("row 16, a changed package restarts glusterd", a.changePackage)
	t.Run("row 18, the tuning script runs at every boot", a.reboot)
	t.Run("a blueprint converted from it plans alike", a.converted)
}

// facts are what the outcome tells of a node.
func (a *article) facts(node string) map[string]any {
	at := slices.IndexFunc(a.outcome.Nodes, func(n deploy.NodeStatus) bool { return n.Name == node })
	return a.outcome.Nodes[at].Facts
}

// grow is what the article wished for: the number of nodes is the user's. The
// volume grows where it is, with another tag of the manifest.
func (a *article) grow(t *testing.T, one, two string) {
	formatted := labtest.On(t, one, "blkid -p -s UUID -o value /dev/xvdj")
	a.up(t, "--count", "node02=4", "-p", "node02.glusterd.gittag=v1.1")
	require.Len(t, a.ids, 5)
	a.Record(t, "article", "deployable")
	require.Equal(t, one, a.ids["node01-0"])
	require.Equal(t, two, a.ids["node02-0"])
	info := labtest.On(t, one, "gluster volume info vol01")
	require.Contains(t, info, "Number of Bricks: 5")
	for i := range 4 {
		require.Contains(t, info, fmt.Sprintf("article-node02-%d:/data/brick01", i))
	}
	require.Contains(t, labtest.On(t, one, "gluster peer status"), "Number of Peers: 4")
	require.Equal(t, "kept", labtest.On(t, one, "mkdir -p /m && mount -t glusterfs article-node01-0:/vol01 /m && cat /m/keep; umount /m"))
	require.Equal(t, formatted, labtest.On(t, one, "blkid -p -s UUID -o value /dev/xvdj"), "a formatted device is left alone")
	require.Equal(t, "v1.0", labtest.On(t, one, "cat /etc/gluster-puppet.version"), "the default")
	require.Equal(t, "v1.1", labtest.On(t, a.ids["node02-3"], "cat /etc/gluster-puppet.version"), "changed at launch")
	started := a.step(t, "node01-glusterd", "node01-0").Started
	for i := range 4 {
		finished := a.step(t, "node02-glusterd", fmt.Sprintf("node02-%d", i)).Finished
		require.False(t, started.Before(*finished), "node01 did not wait for node02-%d", i)
	}
}

// changePackage takes one of the packages away; deploying puts it back, and
// Puppet restarts the daemon, which ran on.
func (a *article) changePackage(t *testing.T) {
	node := a.ids["node02-3"]
	const pid = "systemctl show -p MainPID --value glusterd"
	before := labtest.On(t, node, "dpkg --force-depends -r glusterfs-client >/dev/null 2>&1; "+pid)
	require.NotEqual(t, "0", before)
	a.up(t, "--count", "node02=4", "-p", "node02.glusterd.gittag=v1.1")
	require.NotEqual(t, before, labtest.On(t, node, pid))
	a.said(t, node, "node02-glusterd", "Service[glusterd]: Triggered 'refresh'")
	require.Equal(t, "active", labtest.On(t, node, "systemctl is-active glusterd"))
}

// reboot restarts a node: what runs at boot runs, and no script of the
// deployable does.
func (a *article) reboot(t *testing.T) {
	node := a.ids["node02-3"]
	jobs := labtest.On(t, node, "ls /var/lib/aiolos/jobs | wc -l")
	labtest.Docker(t, "restart", "-t", "2", node)
	labtest.Eventually(t, "the tuning script has run", 30*time.Second, func() bool {
		out, err := exec.Command("docker", "exec", node, "cat", "/run/gluster-tuning/runs").Output()
		return err == nil && strings.Count(string(out), "\n") == 1
	})
	require.Equal(t, jobs, labtest.On(t, node, "ls /var/lib/aiolos/jobs | wc -l"))
}

// converted holds the plan of the deployable against that of its translation.
func (a *article) converted(t *testing.T) {
	r := a.Aiolos(t, "convert", deployable)
	require.Equal(t, 0, r.Code, "%s", r.Stderr)
	path := filepath.Join(t.TempDir(), "converted.yaml")
	require.NoError(t, os.WriteFile(path, []byte(r.Stdout), 0o600))
	plan := func(file string) string {
		r := a.Aiolos(t, "plan", "article", file, "--json", "--count", "node02=4",
			"-p", "node01.glusterd.giturl="+a.url, "-p", "node02.glusterd.giturl="+a.url)
		require.Equal(t, 0, r.Code, "%s", r.Stderr)
		return r.Stdout
	}
	require.JSONEq(t, plan(deployable), plan(path))
}

// serveManifest serves the Puppet manifest as a git repository to the nodes, at
// the lab's gateway address, with the tags v1.0 and v1.1.
func (a *article) serveManifest(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	work := filepath.Join(root, "gluster.git")
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-C", work, "-c", "user.name=test", "-c", "user.email=test@example.com"}, args...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "git %v: %s", args, out)
	}
	require.NoError(t, os.CopyFS(work, os.DirFS("testdata/gluster-puppet")))
	git("init", "-q")
	manifest, err := os.ReadFile(filepath.Join(work, "main.pp"))
	require.NoError(t, err)
	for _, tag := range []string{"v1.0", "v1.1"} {
		text := fmt.Sprintf("%s\nfile { '/etc/gluster-puppet.version':\n  content => \"%s\\n\",\n}\n", manifest, tag)
		require.NoError(t, os.WriteFile(filepath.Join(work, "main.pp"), []byte(text), 0o600))
		git("add", ".")
		git("commit", "-q", "-m", tag)
		git("tag", "-a", tag, "-m", tag)
	}
	execPath, err := exec.Command("git", "--exec-path").Output()
	require.NoError(t, err)
	address := labtest.Docker(t, "network", "inspect", "-f", "{{(index .IPAM.Config 0).Gateway}}", "aiolos-"+a.Name)
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	require.NoError(t, err)
	var handler http.Handler = &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(execPath)), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1"},
	}
	server := httptest.NewUnstartedServer(handler)
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return server.URL + "/gluster.git"
}
