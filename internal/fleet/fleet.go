// Package fleet simulates machines: one process is thousands of hosts, each with
// an SSH server, a host key and an address of its own, that answer what Aiolos asks
// of a node with scripted results after times drawn from what was measured in the
// lab. Nothing is ever installed anywhere. It is for tests, for benchmarks, and for
// looking at Aiolos without a Docker engine; a deployment on it is no deployment.
package fleet

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"aiolos/deploy"
)

// Options say what fleet there is.
type Options struct {
	// Port is that of every machine's SSH server; 0 means one that is free.
	Port int
	// Seed decides all times and faults: the same seed gives the same ones.
	Seed uint64
	// Scale multiplies all times; 0 means 1, which is as measured.
	Scale float64
	// Faults are what goes wrong.
	Faults []Fault
	// Log is told of what cannot be told to anybody else; nil means nobody.
	Log *slog.Logger
}

// Fleet is the machines. It is safe for concurrent use. All that it knows is in
// memory: when its process ends, the machines are gone.
type Fleet struct {
	options  Options
	scripts  map[string]command
	listener net.Listener
	ctx      context.Context
	end      context.CancelFunc
	wg       sync.WaitGroup

	mu sync.Mutex
	// machines by address, and those that exist by name.
	at    map[string]*machine
	named map[name]*machine
	// generations counts how often a node was launched, so that no two machines are alike.
	generations map[name]int
	launched    int

	// pools guards what machines know of gluster's pools.
	pools sync.Mutex

	connections, commands, jobs, calls, signals atomic.Int64
	// own is the time that the machines of each node have taken by themselves.
	ownMu sync.Mutex
	own   map[name]time.Duration
}

// name is a node of a deployment.
type name struct{ deployment, node string }

// Start begins to listen for the machines that will be launched.
func Start(o Options) (*Fleet, error) {
	if o.Scale == 0 {
		o.Scale = 1
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := checkFaults(o.Faults); err != nil {
		return nil, err
	}
	listener, err := listen(o.Port)
	if err != nil {
		return nil, fmt.Errorf("the simulated machines' SSH: %w", err)
	}
	ctx, end := context.WithCancel(context.Background())
	f := &Fleet{
		options: o, scripts: scripts(), listener: listener, ctx: ctx, end: end,
		at: map[string]*machine{}, named: map[name]*machine{}, generations: map[name]int{}, own: map[name]time.Duration{},
	}
	f.wg.Go(f.accept)
	return f, nil
}

// Port is that of every machine's SSH server.
func (f *Fleet) Port() int { return f.listener.Addr().(*net.TCPAddr).Port }

// Close ends all machines.
func (f *Fleet) Close() error {
	f.end()
	err := f.listener.Close()
	f.wg.Wait()
	return err
}

// Launch makes the nodes exist, as a provider does.
func (f *Fleet) Launch(ctx context.Context, deployment string, nodes []deploy.Launch) ([]deploy.Instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f.calls.Add(1)
	if err := checkName("deployment", deployment); err != nil {
		return nil, err
	}
	told := make([]told, len(nodes))
	for i, n := range nodes {
		if err := checkSpec(n.NodeSpec); err != nil {
			return nil, err
		}
		var err error
		if told[i], err = read(n.UserData); err != nil {
			return nil, &LaunchError{Node: n.Name, Err: err}
		}
	}
	for _, n := range nodes {
		if f.exists(deployment, n.Name) {
			continue
		}
		if _, hit := f.fault(FaultLaunch, name{deployment, n.Name}); hit {
			return nil, &LaunchError{Node: n.Name, Err: errSimulated}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	instances := make([]deploy.Instance, len(nodes))
	for i, n := range nodes {
		m, there := f.named[name{deployment, n.Name}]
		if !there {
			m = f.makeLocked(deployment, n.NodeSpec, told[i])
		}
		instances[i] = m.instance()
		instances[i].Launched = !there
	}
	return instances, nil
}

func (f *Fleet) exists(deployment, node string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.named[name{deployment, node}] != nil
}

// Find returns a deployment's machines, by group and index.
func (f *Fleet) Find(ctx context.Context, deployment string) ([]deploy.Instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f.calls.Add(1)
	if err := checkName("deployment", deployment); err != nil {
		return nil, err
	}
	var found []deploy.Instance
	for _, m := range f.all() {
		if m.name.deployment == deployment {
			found = append(found, m.instance())
		}
	}
	return found, nil
}

// all returns the machines by deployment, group and index.
func (f *Fleet) all() []*machine {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.SortedFunc(maps.Values(f.named), func(a, b *machine) int {
		return cmp.Or(cmp.Compare(a.name.deployment, b.name.deployment), cmp.Compare(a.spec.Group, b.spec.Group), cmp.Compare(a.spec.Index, b.spec.Index))
	})
}

// Terminate removes the named machines, or all of the deployment where nodes is nil.
func (f *Fleet) Terminate(ctx context.Context, deployment string, nodes []string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f.calls.Add(1)
	if err := checkName("deployment", deployment); err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if err := checkName("node", n); err != nil {
			return nil, err
		}
	}
	var removed []string
	for _, m := range f.all() {
		if m.name.deployment == deployment && (nodes == nil || slices.Contains(nodes, m.name.node)) {
			f.remove(m)
			removed = append(removed, m.name.node)
		}
	}
	return removed, nil
}

func (f *Fleet) remove(m *machine) {
	f.mu.Lock()
	delete(f.named, m.name)
	delete(f.at, m.address)
	f.mu.Unlock()
	m.end()
}

// Belongings lists the machines.
func (f *Fleet) Belongings() []deploy.Belonging {
	all := []deploy.Belonging{}
	for _, m := range f.all() {
		all = append(all, deploy.Belonging{Deployment: m.name.deployment, Node: m.name.node, Kind: "simulated machine", ID: m.id, Made: m.made.UTC()})
	}
	return all
}
