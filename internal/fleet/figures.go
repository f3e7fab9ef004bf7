package fleet

import "time"

// Figures are what a fleet has counted since it was started.
type Figures struct {
	// Machines is how many there are now.
	Machines int `json:"machines"`
	// Connections counts those that were opened to any machine's sshd, Commands what
	// ran on them, Jobs those of the job protocol, Calls those to the provider, and
	// Signals what nodes sent.
	Connections int64 `json:"connections"`
	Commands    int64 `json:"commands"`
	Jobs        int64 `json:"jobs"`
	Calls       int64 `json:"calls"`
	Signals     int64 `json:"signals"`
	// SlowestSeconds is how long the slowest node has taken by itself, booting and
	// running what it was given, and SumSeconds all of them together.
	SlowestSeconds float64 `json:"slowest_seconds"`
	Slowest        string  `json:"slowest"`
	SumSeconds     float64 `json:"sum_seconds"`
}

// Figures returns what was counted so far, of the nodes of one deployment where it
// is about their times; "" means all.
func (f *Fleet) Figures(deployment string) Figures {
	g := Figures{
		Machines: len(f.all()), Connections: f.connections.Load(), Commands: f.commands.Load(), Jobs: f.jobs.Load(), Calls: f.calls.Load(), Signals: f.signals.Load(),
	}
	f.ownMu.Lock()
	defer f.ownMu.Unlock()
	var slowest, sum time.Duration
	for n, own := range f.own {
		if deployment != "" && n.deployment != deployment {
			continue
		}
		sum += own
		if own > slowest {
			slowest, g.Slowest = own, n.node
		}
	}
	g.SlowestSeconds, g.SumSeconds = slowest.Seconds(), sum.Seconds()
	return g
}
