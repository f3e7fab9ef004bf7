package hosts

import (
	"fmt"
	"strings"
	"time"

	"aiolos/deploy"
)

// Shortage is what is missing of one profile.
type Shortage struct {
	Profile string
	// Nodes got no machine.
	Nodes []string
	// Suitable are the machines that could serve, and who holds each; nil means that
	// it is free, and meant for another node of the same request.
	Suitable []Holding
}

// Holding says who has a machine.
type Holding struct {
	Machine string
	Lease   *Lease
}

// ShortageError says that there are too few machines. None was taken.
type ShortageError struct {
	Deployment string
	Shortages  []Shortage
}

func (e *ShortageError) Error() string {
	parts := make([]string, len(e.Shortages))
	for i, s := range e.Shortages {
		held := make([]string, len(s.Suitable))
		for i, h := range s.Suitable {
			held[i] = h.String()
		}
		parts[i] = fmt.Sprintf("no machine of profile %s is left for %s", s.Profile, strings.Join(s.Nodes, ", "))
		if len(held) == 0 {
			parts[i] += ": none suits, by its labels and disks"
			continue
		}
		parts[i] += ": " + strings.Join(held, ", ")
	}
	return "too few machines: " + strings.Join(parts, "; ")
}

// String says who has the machine.
func (h Holding) String() string {
	if h.Lease == nil {
		return h.Machine + " goes to another node of this deployment"
	}
	return fmt.Sprintf("%s is %s's %s since %s", h.Machine, h.Lease.Deployment, h.Lease.Node, h.Lease.Since.Format(time.RFC3339))
}

// Evidence shows who holds what, a machine a line.
func (e *ShortageError) Evidence() []string {
	var lines []string
	for _, s := range e.Shortages {
		for _, h := range s.Suitable {
			lines = append(lines, h.String())
		}
	}
	return lines
}

// Kind says that others have the machines: they may keep them for months, so that
// it is for a person to decide, rather than for retries.
func (e *ShortageError) Kind() deploy.Kind { return deploy.KindConflict }
