package fleet

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"sync/atomic"

	"aiolos/deploy"
)

// What can go wrong.
const (
	// FaultLaunch lets the provider refuse to launch a node.
	FaultLaunch = "launch"
	// FaultBoot lets a machine never come up.
	FaultBoot = "boot"
	// FaultConnection breaks the connection in the middle of a job, which goes on.
	FaultConnection = "connection"
	// FaultPuppet and FaultScript let a run fail.
	FaultPuppet = "puppet"
	FaultScript = "script"
	// FaultSignal swallows a signal that a node was to send.
	FaultSignal = "signal"
	// FaultSlow multiplies all times of a machine by Factor.
	FaultSlow = "slow"
)

var faultKinds = []string{FaultLaunch, FaultBoot, FaultConnection, FaultPuppet, FaultScript, FaultSignal, FaultSlow}

// Fault is something that goes wrong.
type Fault struct {
	// What is one of the kinds of faults.
	What string `json:"what"`
	// Node is a pattern of node names, as of path.Match; empty means all.
	Node string `json:"node,omitempty"`
	// Rate is the share of cases in which it happens, above 0 up to 1; 0 means 1.
	Rate float64 `json:"rate,omitempty"`
	// Times bounds how often it happens; 0 means without a bound.
	Times int64 `json:"times,omitempty"`
	// Factor is that of a slow machine, above 0.
	Factor float64 `json:"factor,omitempty"`

	happened *atomic.Int64
	cases    *atomic.Int64
}

func checkFaults(faults []Fault) error {
	var problems []deploy.Problem
	for i := range faults {
		f := &faults[i]
		at := fmt.Sprintf("faults[%d].", i)
		known := false
		for _, kind := range faultKinds {
			known = known || kind == f.What
		}
		if !known {
			problems = append(problems, deploy.Problem{Field: at + "what", Value: f.What, Allowed: strings.Join(faultKinds, ", ")})
		}
		if _, err := path.Match(f.Node, ""); err != nil {
			problems = append(problems, deploy.Problem{Field: at + "node", Value: f.Node, Allowed: "a pattern of node names, such as storage-*"})
		}
		if !(f.Rate >= 0 && f.Rate <= 1) {
			problems = append(problems, deploy.Problem{Field: at + "rate", Value: fmt.Sprint(f.Rate), Allowed: "above 0, up to 1"})
		}
		if f.Times < 0 {
			problems = append(problems, deploy.Problem{Field: at + "times", Value: strconv.FormatInt(f.Times, 10), Allowed: "0 (no bound) or more"})
		}
		if f.What == FaultSlow && !(f.Factor > 0 && f.Factor <= 1e6) {
			problems = append(problems, deploy.Problem{Field: at + "factor", Value: fmt.Sprint(f.Factor), Allowed: "above 0, up to a million"})
		}
		f.happened, f.cases = new(atomic.Int64), new(atomic.Int64)
	}
	if len(problems) > 0 {
		return &deploy.InvalidError{Problems: problems}
	}
	return nil
}

// fault says whether something goes wrong now, and what.
func (f *Fleet) fault(what string, n name) (Fault, bool) {
	for i := range f.options.Faults {
		fault := &f.options.Faults[i]
		if fault.What != what {
			continue
		}
		if hit, _ := path.Match(fault.Node, n.node); !hit && fault.Node != "" {
			continue
		}
		if fault.Rate > 0 && f.chance("fault "+what, n, int(fault.cases.Add(1))) >= fault.Rate {
			continue
		}
		if fault.Times > 0 && fault.happened.Add(1) > fault.Times {
			continue
		}
		return *fault, true
	}
	return Fault{}, false
}
