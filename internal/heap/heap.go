// Package heap sets how often a process collects its garbage by how much it holds: one
// that holds little may leave some megabytes of garbage for as long as it likes, and one that
// holds much collects often. Go's own GOGC is a single ratio for both.
package heap

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Pace is when to collect.
type Pace struct {
	// Room is how much garbage there may be however little is held, in bytes.
	Room uint64
	// Percent is how much there may be of a heap that is large, in percent of what is held.
	Percent int
}

// most bounds the percentage: of a heap of nearly nothing, Room would be a great many.
const most = 800

// Keep keeps the pace until the process ends, unless its operator has an opinion (GOGC, see
// the package runtime).
func (p Pace) Keep() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(most)
	p.watch(most)
}

// watch looks again after each collection: that is when what nobody refers to is found.
func (p Pace) watch(percent int) {
	held := new([16]byte) // not one of the tiny objects, which share a block
	runtime.AddCleanup(held, func(now int) {
		if next := p.percent(live()); next != now {
			debug.SetGCPercent(next)
			now = next
		}
		p.watch(now)
	}, percent)
}

// percent is how much garbage there may be beside so many bytes that are held.
func (p Pace) percent(held uint64) int {
	if held == 0 {
		return most
	}
	const step = 20 // each change stops the process for a moment
	percent := int(min(100*p.Room/held, most)) / step * step
	return max(percent, p.Percent)
}

// live is how much the last collection left.
func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
