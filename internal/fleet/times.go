package fleet

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// timed is a kind of thing that takes a machine its time.
type timed string

const (
	timeBoot     timed = "boot"
	timePuppet   timed = "puppet"
	timePuppetUp timed = "puppet without a change"
	timeScript   timed = "script"
	timeFacter   timed = "facter"
	timeProbe    timed = "probe"
	timeCreate   timed = "volume create"
	timeStart    timed = "volume start"
	timeMount    timed = "mount"
)

// times are the shortest and the longest of each kind, in seconds. Those of boot,
// Puppet, probe, create, start and mount were measured in the lab on two cores; those
// of scripts, of facter and of a Puppet run that changes nothing are assumed.
var times = map[timed][2]float64{
	timeBoot:     {1.0, 1.5},
	timePuppet:   {1.4, 9},
	timePuppetUp: {1.4, 3},
	timeScript:   {0.05, 0.3},
	timeFacter:   {0.3, 0.8},
	timeProbe:    {0.06, 0.09},
	timeCreate:   {0.11, 0.16},
	timeStart:    {2.0, 2.6},
	timeMount:    {0.07, 0.1},
}

// draw draws a time, and counts it to the node's own. It depends on the seed, on the
// node, and on how many of the kind there were before, and so not on who comes first.
func (m *machine) draw(kind timed) time.Duration {
	m.mu.Lock()
	m.drawn[string(kind)]++
	n := m.drawn[string(kind)]
	m.mu.Unlock()
	bounds := times[kind]
	u := m.fleet.chance(string(kind), m.name, n)
	seconds := bounds[0] * math.Pow(bounds[1]/bounds[0], u) * m.slow * m.fleet.options.Scale
	d := time.Duration(seconds * float64(time.Second))
	m.counts(d)
	return d
}

// counts counts a time to the node's own.
func (m *machine) counts(d time.Duration) {
	f := m.fleet
	f.ownMu.Lock()
	defer f.ownMu.Unlock()
	f.own[m.name] += d
}

// hash is what chance is made of.
func (f *Fleet) hash(parts ...any) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d/%q", f.options.Seed, parts))
}

// chance is a number from 0 up to 1, evenly spread.
func (f *Fleet) chance(kind string, n name, count int) float64 {
	sum := f.hash(kind, n.deployment, n.node, fmt.Sprint(count))
	return float64(binary.BigEndian.Uint64(sum[:8])>>11) / (1 << 53)
}
