package hosts_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"aiolos/deploy"
	"aiolos/internal/docker"
	"aiolos/internal/hosts"
	"aiolos/internal/nodeimage"
	"aiolos/internal/providertest"
	"aiolos/internal/remote"
	poolssh "aiolos/internal/ssh"
	"aiolos/internal/trust"
	"aiolos/internal/userdata"
)

// TestContract holds the provider against what all of them have to fulfil, with
// machines that are containers, reached over their real sshd.
func TestContract(t *testing.T) {
	if os.Getenv("AIOLOS_ENGINE") != "1" {
		t.Skip("left out: the machines need a Docker engine (AIOLOS_ENGINE=1)")
	}
	r := newRack(t, 4)
	every := 3
	if os.Getenv("AIOLOS_ALL_FAULTS") == "1" {
		every = 1
	}
	providertest.Run(t, providertest.Subject{
		Faults: true, Every: every, Fixed: true,
		New: r.fixture,
	})
	// What Launch put on the machines has gone again.
	for _, m := range r.inventory.Machines {
		got, err := r.runner(m).Run(t.Context(), remote.Command{Script: "ls " + userdata.ConfPath + " " + userdata.SignalPath + " " + hosts.DefaultLeaseFile})
		require.NoError(t, err)
		require.Empty(t, string(got.Stdout))
	}
}

// rack is machines that exist already.
type rack struct {
	inventory hosts.Inventory
	reach     *hosts.Reach
	pool      *poolssh.Pool
}

// newRack boots machines, and forgets that it made them.
func newRack(t *testing.T, count int) *rack {
	t.Helper()
	ctx := t.Context()
	secret, err := trust.New()
	require.NoError(t, err)
	cli, err := docker.Connect("")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cli.Close()) })
	image, err := nodeimage.Ensure(ctx, cli, nodeimage.Lab, func(s string) { t.Log(s) })
	require.NoError(t, err)
	name := fmt.Sprintf("rack%d", os.Getpid())
	t.Cleanup(func() {
		_, err := docker.RemoveAll(context.Background(), cli, name)
		require.NoError(t, err)
	})
	_, err = docker.EnsureNetwork(ctx, cli, name, name)
	require.NoError(t, err)
	maker, err := docker.New(docker.Config{Lab: name, Network: name, Profiles: map[string]docker.Profile{"any": {Image: image}}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, maker.Close()) })
	client := secret.ClientKey()
	var launches []deploy.Launch
	for i := range count {
		host := fmt.Sprintf("m%d", i)
		data, err := userdata.Data{
			Deployment: "rack", Node: host, Hostname: host, HostKey: secret.HostKey("rack", host),
			AuthorizedKey: client.Public().(ed25519.PublicKey), SignalURL: "http://192.0.2.1", SignalToken: "none",
		}.Render()
		require.NoError(t, err)
		launches = append(launches, deploy.Launch{UserData: data, NodeSpec: deploy.NodeSpec{Name: host, Group: "m", Index: i, Hostname: host, Profile: "any"}})
	}
	machines, err := maker.Launch(ctx, "rack", launches)
	require.NoError(t, err)
	r := &rack{
		inventory: hosts.Inventory{Profiles: map[string]hosts.Profile{"any": {}}},
		pool:      poolssh.NewPool(poolssh.Config{ClientKeys: []ed25519.PrivateKey{client}}),
	}
	t.Cleanup(func() { require.NoError(t, r.pool.Close()) })
	for _, m := range machines {
		key, err := ssh.NewPublicKey(secret.HostKey("rack", m.Node).Public())
		require.NoError(t, err)
		r.inventory.Machines = append(r.inventory.Machines, hosts.Machine{
			Host:  hosts.Host{Name: m.Node, Address: m.Address, HostKeys: []string{strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))}},
			Disks: []hosts.Disk{{Device: "/dev/xvdj", SizeGB: 10}},
		})
	}
	r.reach, err = hosts.NewReach(r.inventory)
	require.NoError(t, err)
	for _, m := range r.inventory.Machines {
		target, _ := r.reach.Target(m)
		booting, cancel := context.WithTimeout(ctx, time.Minute)
		require.NoError(t, r.pool.Await(booting, target, func(string) {}))
		cancel()
		// As a machine that has been installed by hand.
		got, err := r.runner(m).Run(ctx, remote.Command{Script: "rm -rf /etc/aiolos " + userdata.SignalPath})
		require.NoError(t, err)
		require.Zero(t, got.Exit)
	}
	return r
}

func (r *rack) runner(m hosts.Machine) remote.Runner {
	target, _ := r.reach.Target(m)
	return r.pool.Runner(target)
}

func (r *rack) fixture(t *testing.T) providertest.Fixture {
	t.Helper()
	f := &faults{}
	runner := func(m hosts.Machine) remote.Runner { return f.through(r.runner(m)) }
	p, err := hosts.New(hosts.Config{
		Inventory: r.inventory, Runner: runner,
		Prepare: func(ctx context.Context, m hosts.Machine, deployment string, spec deploy.NodeSpec) error {
			data := userdata.Data{Deployment: deployment, Node: spec.Name, SignalURL: "http://192.0.2.1:7280", SignalToken: "token"}
			return data.Install(ctx, runner(m))
		},
		Restore: func(ctx context.Context, m hosts.Machine, deployment, node string) error {
			return userdata.Remove(ctx, runner(m), deployment, node)
		},
	})
	require.NoError(t, err)
	count := func(t *testing.T, script, deployment string) (names []string) {
		for _, m := range r.inventory.Machines {
			got, err := r.runner(m).Run(context.Background(), remote.Command{Script: script, Args: []string{deployment}})
			require.NoError(t, err)
			if got.Exit == 0 {
				names = append(names, m.Name)
			}
		}
		return names
	}
	return providertest.Fixture{
		Provider: p, Profile: "any", Disks: []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 1}}, Faults: f,
		Machines: func(t *testing.T, deployment string) int {
			return len(count(t, `grep -qxF "deployment $1" `+hosts.DefaultLeaseFile, deployment))
		},
		Leftovers: func(t *testing.T, deployment string) []string {
			return count(t, `grep -qxF "deployment=$1" `+userdata.ConfPath, deployment)
		},
	}
}

// faults has commands on machines be lost, or their answers.
type faults struct {
	mu     sync.Mutex
	left   int
	after  bool
	failed bool
}

func (f *faults) Fail(n int, after bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.after, f.failed = n, after, false
}

func (f *faults) Heal() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = 0
	return f.failed
}

var errLost = errors.New("the connection was lost")

func (f *faults) through(under remote.Runner) remote.Runner {
	return runnerFunc(func(ctx context.Context, c remote.Command) (remote.Result, error) {
		f.mu.Lock()
		now := f.left == 1
		f.left = max(0, f.left-1)
		f.failed = f.failed || now
		after := f.after
		f.mu.Unlock()
		if now && !after {
			return remote.Result{}, errLost
		}
		result, err := under.Run(ctx, c)
		if now {
			return remote.Result{}, errLost
		}
		return result, err
	})
}

type runnerFunc func(ctx context.Context, c remote.Command) (remote.Result, error)

func (f runnerFunc) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	return f(ctx, c)
}
