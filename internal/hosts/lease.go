package hosts

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

//go:embed lease.sh
var leaseScript string

// DefaultLeaseFile is where a machine's lease is.
const DefaultLeaseFile = "/var/lib/aiolos/lease"

// Lease says who has a machine.
type Lease struct {
	Deployment string
	Group      string
	Index      int
	// Node is the name of the node that the machine serves as.
	Node string
	// Machine is the machine's name in the inventory of who took it.
	Machine string
	// Disks are those that were asked for.
	Disks []deploy.Disk
	// Since is when the machine was leased, or found leased, last.
	Since time.Time
	// Attempt names the attempt to launch that took it, or found it, last.
	Attempt string
}

// The lines of a lease, in order; each is a word, a space and a value. The first two
// are the owner: who may take the lease again, or give it up.
var leaseLines = []string{"deployment", "node", "group", "index", "machine", "since", "attempt", "disks"}

// owner is what all leases of one node begin with.
func owner(deployment, node string) string { return "deployment " + deployment + "\nnode " + node }

// terms are the rest.
func (l Lease) terms() string {
	disks := "[]"
	if len(l.Disks) > 0 {
		if text, err := json.Marshal(l.Disks); err == nil {
			disks = string(text)
		}
	}
	return fmt.Sprintf("group %s\nindex %d\nmachine %s\nsince %s\nattempt %s\ndisks %s",
		l.Group, l.Index, l.Machine, l.Since.UTC().Format(time.RFC3339), l.Attempt, disks)
}

// String is the lease as it stands on the machine.
func (l Lease) String() string { return owner(l.Deployment, l.Node) + "\n" + l.terms() }

// ParseLease reads a lease. It takes nothing but what String writes: who cannot be
// told to hold a machine may not be told to have none either.
func ParseLease(text string) (Lease, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != len(leaseLines) {
		return Lease{}, &LeaseTextError{Text: text, Problem: fmt.Sprintf("it has %d lines, and needs %d", len(lines), len(leaseLines))}
	}
	values := map[string]string{}
	for i, name := range leaseLines {
		value, ok := strings.CutPrefix(lines[i], name+" ")
		if !ok || value == "" {
			return Lease{}, &LeaseTextError{Text: text, Problem: fmt.Sprintf("line %d is not %q and a value", i+1, name)}
		}
		values[name] = value
	}
	l := Lease{Deployment: values["deployment"], Node: values["node"], Group: values["group"], Machine: values["machine"], Attempt: values["attempt"]}
	var err error
	if l.Index, err = strconv.Atoi(values["index"]); err != nil || l.Index < 0 {
		return Lease{}, &LeaseTextError{Text: text, Problem: "its index is no number from 0"}
	}
	if l.Since, err = time.Parse(time.RFC3339, values["since"]); err != nil {
		return Lease{}, &LeaseTextError{Text: text, Problem: "its time is none of RFC 3339"}
	}
	if err := json.Unmarshal([]byte(values["disks"]), &l.Disks); err != nil {
		return Lease{}, &LeaseTextError{Text: text, Problem: "its disks are no JSON"}
	}
	if len(l.Disks) == 0 {
		l.Disks = nil
	}
	if l.String() != strings.TrimSuffix(text, "\n") {
		return Lease{}, &LeaseTextError{Text: text, Problem: "it is not written as leases are"}
	}
	return l, nil
}

// What the script says that it did.
const (
	didNone    = "none"
	didHeld    = "held"
	didTaken   = "taken"
	didKept    = "kept"
	didDropped = "dropped"
)

// lease runs the script on a machine.
func (p *Provider) lease(ctx context.Context, m Machine, args ...string) (did string, held *Lease, err error) {
	got, err := p.cfg.Runner(m).Run(ctx, remote.Command{Script: leaseScript, Args: append([]string{p.cfg.LeaseFile}, args...)})
	if ctx.Err() != nil {
		return "", nil, ctx.Err()
	}
	if err != nil {
		return "", nil, &MachineError{Machine: m.Name, Op: args[0], Err: err}
	}
	if got.Exit != 0 {
		return "", nil, &MachineError{Machine: m.Name, Op: args[0], Exit: got.Exit, Said: lastLines(got.Stderr)}
	}
	did, rest, _ := strings.Cut(string(got.Stdout), "\n")
	if rest == "" {
		if did != didNone {
			return "", nil, &MachineError{Machine: m.Name, Op: args[0], Said: []string{string(got.Stdout)}}
		}
		return did, nil, nil
	}
	l, err := ParseLease(rest)
	if err != nil {
		return "", nil, &MachineError{Machine: m.Name, Op: args[0], Err: err}
	}
	return did, &l, nil
}

func lastLines(text []byte) []string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[max(0, len(lines)-5):]
}
