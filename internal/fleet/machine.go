package fleet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"aiolos/deploy"
)

// machine is one simulated host.
type machine struct {
	fleet *Fleet
	name  name
	spec  deploy.NodeSpec
	told  told

	id, address, uuid, bootID string
	made, ready               time.Time
	server                    *ssh.ServerConfig
	// slow multiplies the machine's times.
	slow float64
	// ctx ends with the machine.
	ctx context.Context
	end context.CancelFunc

	mu    sync.Mutex
	jobs  map[string]*job
	turns map[string]chan struct{}
	// drawn counts how often a time of each kind was drawn, applied what Puppet has done.
	drawn   map[string]int
	applied map[string]bool
	ran     map[string]bool

	// pool is what its glusterd knows; guarded by the fleet's own lock.
	pool *pool
}

// makeLocked makes a machine. It boots from now on.
func (f *Fleet) makeLocked(deployment string, spec deploy.NodeSpec, t told) *machine {
	n := name{deployment, spec.Name}
	f.generations[n]++
	// The first address is 127.64.0.1: far from those that other programs listen on.
	f.launched++
	at := f.launched
	m := &machine{
		fleet: f, name: n, spec: spec, told: t, made: time.Now(),
		address: fmt.Sprintf("127.%d.%d.%d", 64+at>>16&63, at>>8&255, at&255),
		jobs:    map[string]*job{}, turns: map[string]chan struct{}{}, drawn: map[string]int{}, applied: map[string]bool{}, ran: map[string]bool{},
		slow: 1,
	}
	which := fmt.Sprintf("%s/%s/%d", deployment, spec.Name, f.generations[n])
	sum := f.hash("machine", which)
	m.id = fmt.Sprintf("sim-%x", sum[:8])
	m.uuid, m.bootID = uuid(sum[8:24]), uuid(sum[16:32])
	if fault, hit := f.fault(FaultSlow, n); hit {
		m.slow = fault.Factor
	}
	boots := m.draw(timeBoot)
	if _, hit := f.fault(FaultBoot, n); hit {
		boots = 365 * 24 * time.Hour
	}
	m.ready = m.made.Add(boots)
	m.ctx, m.end = context.WithCancel(f.ctx)
	m.pool = newPool(m)
	m.server = m.serverConfig()
	f.named[n], f.at[m.address] = m, m
	return m
}

func uuid(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func (m *machine) instance() deploy.Instance {
	return deploy.Instance{
		Node: m.spec.Name, Group: m.spec.Group, Index: m.spec.Index, ID: m.id,
		Address: m.address, Hostname: m.spec.Hostname, Disks: m.spec.Disks,
	}
}

// takes waits as long as something of that kind takes; the error is ctx's.
func (m *machine) takes(ctx context.Context, kind timed) error {
	return pause(ctx, m.draw(kind))
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
