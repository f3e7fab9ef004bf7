package hosts

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"aiolos/internal/remote"
	poolssh "aiolos/internal/ssh"
	"aiolos/internal/ssh/sshtest"
)

func keyOf(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

// TestOverSSH leases machines over real connections, behind one bastion.
func TestOverSSH(t *testing.T) {
	hostKey, client := keyOf(1), keyOf(2)
	public := client.Public().(ed25519.PublicKey)
	key, err := ssh.NewPublicKey(hostKey.Public())
	require.NoError(t, err)
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	gateway := sshtest.Start(t, hostKey, public)
	gateway.AllowForwarding(true)
	host := func(name string, s *sshtest.Server) Host {
		return Host{Name: name, Address: s.Host, Port: s.Port, HostKeys: []string{line}}
	}
	i := Inventory{
		Algorithms: "strict",
		Bastions:   []Bastion{{Host: host("gw", gateway)}},
		Profiles:   map[string]Profile{"any": {}},
	}
	for _, name := range []string{"m0", "m1", "m2"} {
		i.Machines = append(i.Machines, Machine{Host: host(name, sshtest.Start(t, hostKey, public)), Bastions: []string{"gw"}})
	}
	reach, err := NewReach(i)
	require.NoError(t, err)
	pool := poolssh.NewPool(poolssh.Config{ClientKeys: []ed25519.PrivateKey{client}})
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
	s := sandboxes{dir: t.TempDir(), through: func(name string) remote.Runner {
		target, ok := reach.Target(Machine{Host: Host{Name: name}})
		require.True(t, ok)
		return pool.Runner(target)
	}}
	p := provider(t, i, s)
	require.Equal(t, []string{"m0", "m1"}, ids(launch(t, p, "demo", group("s", "any", 2))))
	require.Equal(t, []string{"m2"}, ids(launch(t, p, "other", group("s", "any", 1))))
	removed, err := p.Terminate(context.Background(), "demo", nil)
	require.NoError(t, err)
	require.Len(t, removed, 2)
	require.Equal(t, 1, gateway.Connections())
	require.Equal(t, 3, gateway.Forwards())
	_, ok := reach.Target(Machine{Host: Host{Name: "m9"}})
	require.False(t, ok)
}

// TestSaidAlikeIsMadeOnce, since connections are shared by rules and logins that are
// the same ones.
func TestSaidAlikeIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	known := filepath.Join(dir, "known_hosts")
	require.NoError(t, os.WriteFile(known, nil, 0o600))
	i := inventory(2)
	i.KnownHosts = []string{known}
	i.Machines[0].Login = &Login{Agent: "/agent"}
	i.Machines[1].Login = &Login{Agent: "/agent"}
	reach, err := NewReach(i)
	require.NoError(t, err)
	a, _ := reach.Target(i.Machines[0])
	b, _ := reach.Target(i.Machines[1])
	require.Same(t, a.HostKeys, b.HostKeys)
	require.Same(t, a.Login, b.Login)
	require.Same(t, a.Algorithms, b.Algorithms)
	require.False(t, a.Sudo.On)
}

func TestFilesThatReachNeeds(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	known, empty := write("known_hosts", ""), write("empty", "\nsecret\n")
	for says, change := range map[string]func(*Inventory){
		"inventory, m0: the known_hosts file /none cannot be used: no such file": func(i *Inventory) { i.Machines[0].KnownHosts = []string{"/none"} },
		"inventory, m0: open /none":                                               func(i *Inventory) { i.Machines[0].Sudo = &Sudo{PasswordFile: "/none"} },
		"inventory, m0: the first line of " + empty + " is empty":                 func(i *Inventory) { i.Machines[0].Sudo = &Sudo{PasswordFile: empty} },
		"inventory, m0: the key file /none: it cannot be read":                    func(i *Inventory) { i.Machines[0].Login = &Login{KeyFile: "/none"} },
		"inventory, m1: the key file " + known + ": it holds no private key that": func(i *Inventory) { i.Machines[1].Login = &Login{KeyFile: known} },
	} {
		i := inventory(2)
		i.KnownHosts = []string{known}
		change(&i)
		_, err := NewReach(i)
		var e *ReachError
		require.ErrorAs(t, err, &e)
		require.Contains(t, err.Error(), says)
	}
	i := inventory(1)
	i.KnownHosts = []string{known}
	i.Machines[0].Sudo = &Sudo{PasswordFile: write("password", "hidden\r\n")}
	reach, err := NewReach(i)
	require.NoError(t, err)
	target, _ := reach.Target(i.Machines[0])
	require.True(t, target.Sudo.On)
}
