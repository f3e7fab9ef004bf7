package e2e

import (
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/hosts"
	"aiolos/internal/trust"
	"aiolos/lab/labtest"
	"aiolos/workflows"
)

// rackBlueprint makes machines such as somebody may have: one reaches them through
// a bastion only, as a user who needs a password for sudo.
const rackBlueprint = `
name: rack
parameters: {key: {type: string}}
groups:
  m: {count: 4, profile: small-x86_64, disks: [{device: /dev/xvdj, size_gb: 20}]}
steps:
  own:
    on: m
    run:
      env: {KEY: "${params.key}"}
      script: |
        set -e
        useradd -m -s /bin/sh ops
        echo ops:correct-horse | chpasswd
        printf 'Defaults !lecture\nops ALL=(ALL) ALL\n' > /etc/sudoers.d/ops
        install -d -o ops -g ops -m 0700 ~ops/.ssh
        echo "$KEY" > ~ops/.ssh/authorized_keys
        chown ops:ops ~ops/.ssh/authorized_keys
  bare:
    on: m
    needs: [own]
    run: {script: "rm -rf /etc/aiolos /usr/local/bin/aiolos-signal"}
`

// TestHosts brings a pool up on machines that exist already, and gives them back.
func TestHosts(t *testing.T) {
	labtest.NeedEngine(t)
	lab := labtest.Start(t, "e2ehosts", 18833)
	dir := t.TempDir()
	public := loginKey(t, dir)
	write(t, filepath.Join(dir, "rack.yaml"), rackBlueprint)
	lab.Deploy(t, "rack", filepath.Join(dir, "rack.yaml"), "-p", "key="+public)
	containers := lab.Containers(t, "rack")
	for _, id := range containers {
		labtest.On(t, id, "rm -rf /var/lib/aiolos")
	}
	// Nobody but the bastion is asked from here: a firewall on each machine sees to it.
	nodes := map[string]deploy.NodeStatus{}
	for _, n := range lab.Status(t, "rack").Nodes {
		nodes[n.Name] = n
	}
	for i := 1; i < 4; i++ {
		labtest.On(t, containers[machine(i)], fmt.Sprintf(
			"nft 'add table inet fence; add chain inet fence in { type filter hook input priority 0; }; add rule inet fence in tcp dport 22 ip saddr != { %s, 127.0.0.1 } drop'",
			nodes[machine(0)].Address))
	}
	inventory := rackInventory(t, dir, containers, nodes)
	gateway := labtest.Docker(t, "network", "inspect", "-f", "{{(index .IPAM.Config 0).Gateway}}", "aiolos-e2ehosts")
	temporal := labtest.StartServer(t, workflows.SearchAttributes())
	secret, err := trust.New()
	require.NoError(t, err)
	require.NoError(t, secret.Write(filepath.Join(dir, "secret")))
	own := labtest.StartWorker(t, temporal, config.Config{
		Secret: "file:" + filepath.Join(dir, "secret"), CacheDir: filepath.Join(dir, "cache"),
		Gateway:   config.Gateway{Listen: []string{gateway + ":" + strconv.Itoa(lab.Base+5)}},
		Providers: config.Providers{Hosts: &inventory},
	})

	ok := t.Run("a pool on two of three machines", func(t *testing.T) {
		outcome := own.Deploy(t, "pool", "glusterfs", "-p", "nodes=2")
		require.Equal(t, deploy.StateDone, outcome.State)
		require.Equal(t, "glusterfs", labtest.On(t, containers[machine(1)], "mkdir -p /mnt && mount -t glusterfs $(hostname):/vol01 /mnt && echo glusterfs > /mnt/f && cat /mnt/f && umount /mnt"))
		require.Contains(t, labtest.On(t, containers[machine(1)], "cat /var/lib/aiolos/lease"), "deployment pool\nnode storage-0")
		require.Equal(t, "600 root", labtest.On(t, containers[machine(2)], "stat -c '%a %U' /etc/aiolos/node.conf"))
	})
	if !ok {
		return
	}
	t.Run("others get what is left, and no more", func(t *testing.T) {
		r := own.Aiolos(t, "deploy", "second", "glusterfs", "-p", "nodes=2", "--on-failure", "fail")
		require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
		require.Contains(t, r.Stderr, "too few machines")
		require.Contains(t, r.Stderr, "pool's storage-0")
		require.Empty(t, labtest.On(t, containers[machine(3)], "ls /var/lib/aiolos/lease 2>/dev/null || true"))
	})
	t.Run("given back as they were", func(t *testing.T) {
		r := own.Aiolos(t, "destroy", "pool", "--confirm", "pool")
		require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
		for i := 1; i < 4; i++ {
			left := labtest.On(t, containers[machine(i)], "ls -d /etc/aiolos /usr/local/bin/aiolos-signal /var/lib/aiolos/jobs /var/lib/aiolos/lease 2>/dev/null || true")
			require.Empty(t, left, machine(i))
		}
		require.Len(t, lab.Containers(t, "rack"), 4, "machines are never terminated")
		require.Equal(t, "0", labtest.On(t, containers[machine(1)], "gluster volume list 2>/dev/null | grep -c vol01 || true"))
	})
	t.Run("a machine that is another one is not trusted", func(t *testing.T) {
		labtest.On(t, containers[machine(2)], "rm /etc/ssh/ssh_host_ed25519_key* && ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key && systemctl restart ssh && pkill -f '[s]shd: ops'")
		began := time.Now()
		r := own.Aiolos(t, "deploy", "third", "glusterfs", "-p", "nodes=1", "--on-failure", "fail")
		require.NotEqual(t, 0, r.Code)
		require.Contains(t, r.Stderr, "host key")
		require.Less(t, time.Since(began), 30*time.Second, "it is not tried again and again")
	})
	t.Run("the password is nowhere", func(t *testing.T) {
		log, err := os.ReadFile(own.Log)
		require.NoError(t, err)
		require.NotContains(t, string(log), "correct-horse")
	})
}

func machine(i int) string { return fmt.Sprintf("m-%d", i) }

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// loginKey makes an operator's key, and returns its public line.
func loginKey(t *testing.T, dir string) string {
	t.Helper()
	own, err := trust.New()
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKeyWithPassphrase(own.ClientKey(), "", []byte("battery"))
	require.NoError(t, err)
	write(t, filepath.Join(dir, "id"), string(pem.EncodeToMemory(block)))
	write(t, filepath.Join(dir, "passphrase"), "battery\n")
	write(t, filepath.Join(dir, "sudo"), "correct-horse\n")
	public, err := ssh.NewPublicKey(own.ClientKey().Public())
	require.NoError(t, err)
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public)))
}

// rackInventory describes the machines; known_hosts has their names hashed.
func rackInventory(t *testing.T, dir string, containers map[string]string, nodes map[string]deploy.NodeStatus) hosts.Inventory {
	t.Helper()
	known := ""
	for name, id := range containers {
		known += nodes[name].Address + " " + labtest.On(t, id, "cut -d' ' -f1-2 /etc/ssh/ssh_host_ed25519_key.pub") + "\n"
	}
	path := filepath.Join(dir, "known_hosts")
	write(t, path, known)
	out, err := exec.Command("ssh-keygen", "-H", "-f", path).CombinedOutput()
	require.NoError(t, err, "%s", out)
	inventory := hosts.Inventory{
		KnownHosts: []string{path}, Algorithms: "strict",
		Login:    &hosts.Login{KeyFile: filepath.Join(dir, "id"), PassphraseFile: filepath.Join(dir, "passphrase")},
		Bastions: []hosts.Bastion{{Host: hosts.Host{Name: "gate", Address: nodes[machine(0)].Address, User: "ops"}}},
		Profiles: map[string]hosts.Profile{"small-x86_64": {Labels: map[string]string{"kind": "storage"}}},
	}
	for i := 1; i < 4; i++ {
		n := nodes[machine(i)]
		inventory.Machines = append(inventory.Machines, hosts.Machine{
			Host:     hosts.Host{Name: "box" + strconv.Itoa(i), Address: n.Address, User: "ops"},
			Hostname: n.Hostname, Sudo: &hosts.Sudo{PasswordFile: filepath.Join(dir, "sudo")}, Bastions: []string{"gate"},
			Labels: map[string]string{"kind": "storage"}, Disks: []hosts.Disk{{Device: "/dev/xvdj", SizeGB: 147}},
		})
	}
	return inventory
}

const rotationBlueprint = `
name: rotation
parameters: {nodes: {type: integer}, word: {type: string}}
groups: {web: {count: "${params.nodes}", profile: small-x86_64, disks: []}}
steps:
  say:
    on: web
    run: {script: 'aiolos-signal said "$WORD"', env: {WORD: "${params.word} of ${node.name}"}}
  said: {on: web, needs: [say], await: {signal: said}}
outputs: {all: "${web.map(n, string(n.said)).join(\", \")}"}
`

// TestRotation puts a new secret in the old one's place: nodes of the old one are
// reached and may signal until they are gone, new ones get the new one.
func TestRotation(t *testing.T) {
	labtest.NeedEngine(t)
	l := labtest.Start(t, "e2erotation", 18933)
	dir := t.TempDir()
	file := filepath.Join(dir, "rotation.yaml")
	write(t, file, rotationBlueprint)
	l.Deploy(t, "web", file, "-p", "nodes=1", "-p", "word=before")

	young, err := trust.New()
	require.NoError(t, err)
	path := filepath.Join(dir, "secret")
	require.NoError(t, young.Write(path))
	change := func(change func(*config.Config)) {
		t.Helper()
		at := filepath.Join(l.State, "worker.yaml")
		cfg, err := config.Read(at)
		require.NoError(t, err)
		change(&cfg)
		require.NoError(t, cfg.Write(at))
		restartWorker(t, l)
	}
	change(func(c *config.Config) {
		c.OlderSecret, c.Secret, c.SecretFile = "file:"+c.SecretFile, "file:"+path, ""
	})
	outcome := l.Deploy(t, "web", file, "-p", "nodes=2", "-p", "word=between")
	require.Equal(t, "between of web-0, between of web-1", outcome.Outputs["all"])

	// Once the older one is given up, only what was launched since is trusted.
	change(func(c *config.Config) { c.OlderSecret = "" })
	r := l.Aiolos(t, "deploy", "web", file, "-p", "nodes=2", "-p", "word=after", "--on-failure", "fail")
	require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	require.Contains(t, r.Stderr, "web-0")
	require.Contains(t, r.Stderr, "host key")
	require.Contains(t, r.Stderr, "connect on web-1: done")
}

// restartWorker ends the lab's worker, which the lab starts again.
func restartWorker(t *testing.T, l *labtest.Lab) {
	t.Helper()
	before := workerOf(t, l)
	require.NoError(t, syscall.Kill(before, syscall.SIGTERM))
	labtest.Eventually(t, "the lab starts the worker again", time.Minute, func() bool {
		now := workerOf(t, l)
		return now != 0 && now != before
	})
	labtest.Eventually(t, "the worker gets ready", time.Minute, func() bool {
		return exec.Command("curl", "-fsS", fmt.Sprintf("http://127.0.0.1:%d/readyz", l.Base+4)).Run() == nil
	})
}

// workerOf finds the process of the lab's worker; 0 if there is none.
func workerOf(t *testing.T, l *labtest.Lab) int {
	t.Helper()
	out, _ := exec.Command("pgrep", "-x", "-f", labtest.Bin("aiolos-worker")+" --config "+filepath.Join(l.State, "worker.yaml")).Output()
	pid, _ := strconv.Atoi(strings.TrimSpace(string(out)))
	return pid
}
