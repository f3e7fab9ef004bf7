package userdata_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/docker"
	"aiolos/internal/gateway"
	"aiolos/internal/nodeimage"
	"aiolos/internal/remote"
	"aiolos/internal/ssh"
	"aiolos/internal/trust"
	"aiolos/internal/userdata"
)

// TestMachinesUnderstandIt boots real machines, one with our first-boot unit and
// one with Debian's cloud-init, from the same user data, reaches them over their
// real sshd, and has them signal to a real gateway.
func TestMachinesUnderstandIt(t *testing.T) {
	if os.Getenv("AIOLOS_ENGINE") != "1" {
		t.Skip("left out: needs the Docker engine (AIOLOS_ENGINE=1)")
	}
	secret, err := trust.New()
	require.NoError(t, err)
	l := newLab(t, secret)
	for _, variant := range []nodeimage.Variant{nodeimage.Lab, nodeimage.Bare} {
		t.Run(string(variant), func(t *testing.T) {
			m := l.boot(t, variant)
			t.Run("applied", m.applied)
			t.Run("signal", m.signal)
			t.Run("sshd", m.sshd)
			t.Run("impostor", m.impostor)
		})
	}
}

// lab is a network of its own with a gateway on it.
type lab struct {
	secret   trust.Secret
	provider *docker.Provider
	url      string
	pool     *ssh.Pool

	mu  sync.Mutex
	got []gateway.Signal
}

func newLab(t *testing.T, secret trust.Secret) *lab {
	ctx := t.Context()
	name := "userdata-test-" + strings.ToLower(rand.Text()[:6])
	cli, err := docker.Connect("")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cli.Close()) })
	profiles := map[string]docker.Profile{}
	for _, variant := range []nodeimage.Variant{nodeimage.Lab, nodeimage.Bare} {
		image, err := nodeimage.Ensure(ctx, cli, variant, func(m string) { t.Log(m) })
		require.NoError(t, err)
		profiles[string(variant)] = docker.Profile{Image: image}
	}
	t.Cleanup(func() {
		_, err := docker.RemoveAll(context.Background(), cli, name)
		require.NoError(t, err)
	})
	host, err := docker.EnsureNetwork(ctx, cli, name, name)
	require.NoError(t, err)
	l := &lab{secret: secret, pool: poolOf(t, secret)}
	l.provider, err = docker.New(docker.Config{Lab: name, Network: name, Profiles: profiles})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.provider.Close()) })

	sink := func(_ context.Context, s gateway.Signal) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.got = append(l.got, s)
		return nil
	}
	serving, stop := context.WithCancel(context.Background())
	address, wait, err := gateway.Serve(serving, []string{net.JoinHostPort(host.String(), "0")}, gateway.New(secret.VerifyToken, sink, slog.New(slog.NewTextHandler(io.Discard, nil))))
	require.NoError(t, err)
	t.Cleanup(func() {
		stop()
		require.NoError(t, wait())
	})
	l.url = "http://" + address[0].String()
	return l
}

func poolOf(t *testing.T, secret trust.Secret) *ssh.Pool {
	p := ssh.NewPool(ssh.Config{ClientKeys: []ed25519.PrivateKey{secret.ClientKey()}, HostKeys: func(deployment, node string) []ed25519.PublicKey {
		return []ed25519.PublicKey{secret.HostKey(deployment, node).Public().(ed25519.PublicKey)}
	}})
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

type machine struct {
	*lab
	variant nodeimage.Variant
	target  ssh.Target
	host    string
}

func (l *lab) boot(t *testing.T, variant nodeimage.Variant) *machine {
	node, host := string(variant)+"-0", "demo-"+string(variant)+"-0"
	text, err := userdata.Data{
		Deployment: "demo", Node: node, Hostname: host,
		HostKey:       l.secret.HostKey("demo", node),
		AuthorizedKey: l.secret.ClientKey().Public().(ed25519.PublicKey),
		SignalURL:     l.url, SignalToken: l.secret.Token("demo", node),
	}.Render()
	require.NoError(t, err)
	began := time.Now()
	spec := deploy.NodeSpec{Name: node, Group: string(variant), Hostname: host, Profile: string(variant)}
	instances, err := l.provider.Launch(t.Context(), "demo", []deploy.Launch{{NodeSpec: spec, UserData: text}})
	require.NoError(t, err)
	launched := time.Now()
	m := &machine{lab: l, variant: variant, host: host, target: ssh.Target{Deployment: "demo", Node: node, Address: instances[0].Address}}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	require.NoError(t, l.pool.Await(ctx, m.target, func(message string) { t.Log(message) }))
	t.Logf("launched in %v, answered after another %v", launched.Sub(began), time.Since(launched))
	return m
}

// run expects a command to succeed, and returns its output.
func (m *machine) run(t *testing.T, script string, args ...string) string {
	t.Helper()
	r, err := m.pool.Runner(m.target).Run(t.Context(), remote.Command{Script: script, Args: args})
	require.NoError(t, err)
	require.Zero(t, r.Exit, "%s%s", r.Stdout, r.Stderr)
	return strings.TrimSpace(string(r.Stdout))
}

func (m *machine) applied(t *testing.T) {
	if m.variant == nodeimage.Bare {
		// The check of the schema that cloud-init makes itself is of the image's own
		// configuration as well; ours is checked here by itself.
		out := m.run(t, `cloud-init status --wait --long
			grep -E 'WARNING|ERROR|Traceback' /var/log/cloud-init.log | grep -v 'schema.py.WARNING'
			cp /var/lib/cloud/instance/user-data.txt /run/user-data && cloud-init schema --config-file /run/user-data`)
		require.Contains(t, out, "Valid cloud-config")
		require.Contains(t, out, "status: done", out)
		require.NotContains(t, out, "WARNING", out)
		require.NotContains(t, out, "Traceback", out)
	}
	require.Equal(t, m.host, m.run(t, "hostname"))
	require.Equal(t, m.host, m.run(t, "cat /proc/sys/kernel/hostname"))
	require.NotContains(t, m.run(t, `getent hosts "$1"`, m.host), "127.", "the host name means the node's address")
	require.Contains(t, m.run(t, `getent ahostsv4 "$1"`, m.host), m.target.Address)
	require.Equal(t, "/etc/ssh/ssh_host_ed25519_key\n/etc/ssh/ssh_host_ed25519_key.pub", m.run(t, "ls -1 /etc/ssh/ssh_host_*"))
	require.Equal(t, "600 root:root", m.run(t, "stat -c '%a %U:%G' /etc/ssh/ssh_host_ed25519_key"))
	require.Equal(t, "1", m.run(t, "grep -c '^ssh-ed25519 ' /root/.ssh/authorized_keys"))
	require.Equal(t, "", m.run(t, "awk -F: '$3 >= 1000 && $3 < 60000' /etc/passwd"), "no user is made")
	require.Equal(t, "/etc/aiolos/node.conf 600 root:root\n/usr/local/bin/aiolos-signal 755 root:root", m.run(t, "stat -c '%n %a %U:%G' /etc/aiolos/node.conf /usr/local/bin/aiolos-signal"))
	require.Equal(t, strings.TrimSpace(userdata.SignalScript()), m.run(t, "cat /usr/local/bin/aiolos-signal"))
}

func (m *machine) signal(t *testing.T) {
	require.Empty(t, m.run(t, "aiolos-signal glusterup"))
	value := "a 'b' \"c\" \\n\n$(id) ünïcödé"
	require.Empty(t, m.run(t, `aiolos-signal "$@"`, "motd", value))
	m.mu.Lock()
	got := m.got[len(m.got)-2:]
	m.mu.Unlock()
	require.Equal(t, []gateway.Signal{
		{Deployment: "demo", Node: m.target.Node, Name: "glusterup", Value: "true"},
		{Deployment: "demo", Node: m.target.Node, Name: "motd", Value: value},
	}, got)
	// Its token speaks for no other node.
	out := m.run(t, `sed 's/^node=.*/node=other-0/' /etc/aiolos/node.conf >/run/other.conf; AIOLOS_NODE_CONF=/run/other.conf aiolos-signal glusterup 2>&1; echo "exit $?"`)
	require.Contains(t, out, "the gateway refuses it with 401")
	require.Contains(t, out, "exit 1")
}

// sshd holds the client against the real thing.
func (m *machine) sshd(t *testing.T) {
	r := m.pool.Runner(m.target)
	killed, err := r.Run(t.Context(), remote.Command{Script: "kill -9 $$"})
	require.NoError(t, err)
	require.Equal(t, 137, killed.Exit)

	// Many commands at once never meet sshd's bound on sessions.
	before := m.run(t, `printf %s "$SSH_CONNECTION"`)
	began := time.Now()
	var runs sync.WaitGroup
	errs := make(chan error, 200)
	for i := range 200 {
		runs.Go(func() {
			want := fmt.Sprint(i)
			got, err := r.Run(t.Context(), remote.Command{Script: `printf %s "$1"`, Args: []string{want}})
			if err == nil && string(got.Stdout) != want {
				err = fmt.Errorf("%q instead of %q", got.Stdout, want)
			}
			errs <- err
		})
	}
	runs.Wait()
	for range 200 {
		require.NoError(t, <-errs)
	}
	t.Logf("200 commands at once: %v", time.Since(began))
	require.Equal(t, before, m.run(t, `printf %s "$SSH_CONNECTION"`), "still on the same connection")

	// Commands that were cancelled go on under sshd, and it counts their sessions.
	for range 12 {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err := r.Run(ctx, remote.Command{Script: "echo >>/run/begun; exec sleep 30"})
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
	began = time.Now()
	require.Equal(t, "12", m.run(t, "grep -c '' /run/begun"))
	require.Less(t, time.Since(began), 5*time.Second, "nobody waits for what was cancelled")

	// sshd is gone in the middle of a command.
	_, err = r.Run(t.Context(), remote.Command{Script: `kill -9 "$PPID"; sleep 5`})
	var lost *ssh.LostError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, "back", m.run(t, "echo back"))
}

// impostor takes another worker's view: the machine has not the key that it
// expects, and would not let it in.
func (m *machine) impostor(t *testing.T) {
	other, err := trust.New()
	require.NoError(t, err)
	err = poolOf(t, other).Await(t.Context(), m.target, nil)
	var wrong *ssh.HostKeyError
	require.ErrorAs(t, err, &wrong)

	stranger := ssh.NewPool(ssh.Config{ClientKeys: []ed25519.PrivateKey{other.ClientKey()}, HostKeys: func(deployment, node string) []ed25519.PublicKey {
		return []ed25519.PublicKey{m.secret.HostKey(deployment, node).Public().(ed25519.PublicKey)}
	}})
	defer func() { require.NoError(t, stranger.Close()) }()
	_, err = stranger.Runner(m.target).Run(t.Context(), remote.Command{Script: "true"})
	var refused *ssh.AuthError
	require.ErrorAs(t, err, &refused)
}
