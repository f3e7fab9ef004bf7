package gateway

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits bound what strangers can make the gateway spend, and what a node can.
type limits struct {
	// connections and fromOne bound the connections at one time, altogether and
	// from one address (for IPv6 from one /64). What is beyond is closed at once.
	connections, fromOne int
	// header and read bound how long a request may take to arrive, idle how long a
	// connection is kept for the next one.
	header, read, idle time.Duration
	// signals is how many a second a node may send, burst how many at once. A node
	// that sends more is told to try again (429).
	signals rate.Limit
	burst   int
	// logged is how many refusals a second are logged; the others are counted.
	logged rate.Limit
}

// usual is more than any deployment needs, as nodes try again, and keeps what all
// connections hold together below a hundred megabytes.
func usual() limits {
	return limits{
		connections: 2048, fromOne: 256, header: 5 * time.Second, read: 10 * time.Second, idle: 15 * time.Second,
		signals: 10, burst: 100, logged: 1,
	}
}

// logBurst is how many refusals are logged before they are only counted.
const logBurst = 10

// teller has what happens often told seldom.
type teller struct {
	mu     sync.Mutex
	limit  *rate.Limiter
	untold int
}

// tell says whether to tell what happens now, and how often it was not told since
// it was last.
func (t *teller) tell() (untold int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.limit.Allow() {
		t.untold++
		return 0, false
	}
	untold, t.untold = t.untold, 0
	return untold, true
}

// maxSpeakers bounds the nodes that are remembered. Only those that have proved
// who they are get there.
const maxSpeakers = 20_000

// speakers are the nodes that have signalled, and how much each may still.
type speakers struct {
	limits limits
	mu     sync.Mutex
	known  map[[2]string]*rate.Limiter
}

// may says whether a node may signal now.
func (s *speakers) may(deployment, node string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [2]string{deployment, node}
	l := s.known[key]
	if l == nil {
		if len(s.known) >= maxSpeakers {
			s.forget()
		}
		l = rate.NewLimiter(s.limits.signals, s.limits.burst)
		s.known[key] = l
	}
	return l.Allow()
}

// forget lets go of the nodes that have their whole burst again, or of all, should
// all be talking.
func (s *speakers) forget() {
	for key, l := range s.known {
		if l.Tokens() >= float64(s.limits.burst) {
			delete(s.known, key)
		}
	}
	if len(s.known) >= maxSpeakers {
		clear(s.known)
	}
}

// side is whom a connection is from: an address, or a network that one party has.
func side(address netip.Addr) netip.Prefix {
	const network = 64
	address = address.Unmap().WithZone("")
	bits := address.BitLen()
	if address.Is6() {
		bits = network
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
