package hosts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/remote"
	"aiolos/internal/remote/remotetest"
)

// machines stand in for the machines of an inventory. Each runs the real script in
// a directory of its own, or what goroutines can run quicker.
type machines interface {
	runner(name string) remote.Runner
	// text is the lease that is on a machine; empty means none.
	text(name string) string
	put(name, text string)
}

// sandboxes run the script in a shell.
type sandboxes struct {
	dir string
	// through makes the runner; nil means a local shell.
	through func(name string) remote.Runner
}

func (s sandboxes) file(name string) string { return filepath.Join(s.dir, name, DefaultLeaseFile) }

func (s sandboxes) text(name string) string {
	text, _ := os.ReadFile(s.file(name))
	return strings.TrimSuffix(string(text), "\n")
}

func (s sandboxes) put(name, text string) {
	_ = os.MkdirAll(filepath.Dir(s.file(name)), 0o700)
	if text == "" {
		_ = os.Remove(s.file(name))
		return
	}
	_ = os.WriteFile(s.file(name), []byte(text+"\n"), 0o600)
}

func (s sandboxes) runner(name string) remote.Runner {
	under := remote.Runner(remotetest.Local{})
	if s.through != nil {
		under = s.through(name)
	}
	return runnerFunc(func(ctx context.Context, c remote.Command) (remote.Result, error) {
		c.Args = append([]string{s.file(name)}, c.Args[1:]...)
		return under.Run(ctx, c)
	})
}

type runnerFunc func(ctx context.Context, c remote.Command) (remote.Result, error)

func (f runnerFunc) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	return f(ctx, c)
}

// models do what the script does, without a shell; TestModel holds them against it.
type models struct {
	mu     sync.Mutex
	leases map[string]string
}

func newModels() *models { return &models{leases: map[string]string{}} }

func (m *models) text(name string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.leases[name]
}

func (m *models) put(name, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.leases[name] = text
}

func (m *models) runner(name string) remote.Runner {
	return runnerFunc(func(_ context.Context, c remote.Command) (remote.Result, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		say := func(did, lease string) (remote.Result, error) {
			return remote.Result{Stdout: []byte(strings.TrimSuffix(did+"\n"+lease, "\n") + "\n")}, nil
		}
		held := m.leases[name]
		args := append(append([]string(nil), c.Args[1:]...), "", "")
		who, lease := args[1], args[1]+"\n"+args[2]
		others := held != "" && !strings.HasPrefix(held, who+"\n")
		switch mode := args[0]; {
		case mode != "take" && held == "":
			return say(didNone, "")
		case mode == "look", others, mode == "undo" && held != lease:
			return say(didHeld, held)
		case mode == "take":
			m.leases[name] = lease
			if held == "" {
				return say(didTaken, lease)
			}
			return say(didKept, lease)
		default:
			delete(m.leases, name)
			return say(didDropped, held)
		}
	})
}

// faulty makes some machines fail.
type faulty struct {
	machines
	mu sync.Mutex
	// away machines cannot be reached.
	away map[string]error
	// after is told after each command what it was; its error hides the result, as if
	// the connection had been lost at the end.
	after func(name string, c remote.Command) error
	runs  int
}

func (f *faulty) runner(name string) remote.Runner {
	under := f.machines.runner(name)
	return runnerFunc(func(ctx context.Context, c remote.Command) (remote.Result, error) {
		if ctx.Err() != nil {
			return remote.Result{}, ctx.Err()
		}
		f.mu.Lock()
		f.runs++
		away, after := f.away[name], f.after
		f.mu.Unlock()
		if away != nil {
			return remote.Result{}, away
		}
		result, err := under.Run(ctx, c)
		if after != nil && err == nil {
			if err := after(name, c); err != nil {
				return remote.Result{}, err
			}
		}
		return result, err
	})
}

// count is how many commands there were.
func (f *faulty) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.runs
}

// gone is an error as a pool of connections returns it.
type gone struct{}

func (gone) Error() string     { return "connection refused" }
func (gone) Kind() deploy.Kind { return deploy.KindUnreachable }

var errLost = errors.New("connection lost")

// inventory has n machines named m0, m1, … of the profile "any"; those with even
// numbers are of the profile "even", too.
func inventory(n int) Inventory {
	i := Inventory{
		KnownHosts: []string{"/etc/ssh/known_hosts"},
		Profiles:   map[string]Profile{"any": {}, "even": {Labels: map[string]string{"parity": "even"}}},
	}
	for k := range n {
		m := Machine{Host: Host{Name: fmt.Sprintf("m%d", k), Address: fmt.Sprintf("10.0.0.%d", k)}}
		if k%2 == 0 {
			m.Labels = map[string]string{"parity": "even"}
		}
		i.Machines = append(i.Machines, m)
	}
	return i
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func provider(t require.TestingT, i Inventory, m machines) *Provider {
	p, err := New(Config{
		Inventory: i, Runner: func(machine Machine) remote.Runner { return m.runner(machine.Name) },
		Now: func() time.Time { return noon },
	})
	require.NoError(t, err)
	return p
}

// group is what a group of n nodes of a profile is to Launch.
func group(name, profile string, n int) []deploy.Launch {
	var all []deploy.Launch
	for i := range n {
		all = append(all, deploy.Launch{NodeSpec: deploy.NodeSpec{Name: fmt.Sprintf("%s-%d", name, i), Hostname: "h", Group: name, Index: i, Profile: profile}})
	}
	return all
}

// ids are the machines of instances.
func ids(instances []deploy.Instance) []string {
	var all []string
	for _, i := range instances {
		all = append(all, strings.TrimPrefix(i.ID, idPrefix))
	}
	return all
}

func launch(t testing.TB, p *Provider, deployment string, nodes []deploy.Launch) []deploy.Instance {
	t.Helper()
	got, err := p.Launch(t.Context(), deployment, nodes)
	require.NoError(t, err)
	return got
}
