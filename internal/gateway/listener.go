package gateway

import (
	"net"
	"net/netip"
	"sync"
)

// door lets so many connections in, and so many from one side.
type door struct {
	limits limits
	mu     sync.Mutex
	all    int
	from   map[netip.Prefix]int
}

func (d *door) enter(who netip.Prefix) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all >= d.limits.connections || d.from[who] >= d.limits.fromOne {
		return false
	}
	d.all++
	d.from[who]++
	return true
}

func (d *door) leave(who netip.Prefix) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all--
	if d.from[who]--; d.from[who] == 0 {
		delete(d.from, who)
	}
}

// guarded is a listener behind a door that it may share with others.
type guarded struct {
	net.Listener
	door *door
}

// Accept closes at once whom the door does not let in: who waits in vain would
// hold what others need. Nodes try again.
func (g guarded) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		var who netip.Prefix
		if address, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
			who = side(address.Addr())
		}
		if g.door.enter(who) {
			return &guest{Conn: conn, leave: sync.OnceFunc(func() { g.door.leave(who) })}, nil
		}
		_ = conn.Close()
	}
}

// guest is a connection that has been let in.
type guest struct {
	net.Conn
	leave func()
}

func (g *guest) Close() error {
	defer g.leave()
	return g.Conn.Close()
}
