package gluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"aiolos/deploy"
)

// TwinError is two members with one UUID, as machines have that were copied from
// one on which glusterd had run. They can never be in one pool.
type TwinError struct {
	UUID  string
	Nodes []string
}

func (e *TwinError) Error() string {
	return fmt.Sprintf("%s have the same gluster UUID %s: they were copied from one machine, or are one; stop glusterd, remove /var/lib/glusterd/glusterd.info and start it again on all but one",
		strings.Join(e.Nodes, " and "), e.UUID)
}

// Kind says what sort of failure it is.
func (e *TwinError) Kind() deploy.Kind { return deploy.KindConflict }

func twins(members []Member, views []view) error {
	nodes := map[string][]string{}
	for i, v := range views {
		nodes[v.self] = append(nodes[v.self], members[i].Node)
	}
	for _, v := range views {
		if len(nodes[v.self]) > 1 {
			return &TwinError{UUID: v.self, Nodes: nodes[v.self]}
		}
	}
	return nil
}

// ProbeError is a host that could not be made a peer.
type ProbeError struct {
	// Node is the member that probed, Host the host that was probed.
	Node, Host string
	// Errno is gluster's opErrno: one of its own small numbers for probes, or
	// an errno of the system.
	Errno   int
	Message string
}

func (e *ProbeError) Error() string {
	return fmt.Sprintf("%s cannot probe %s: %s (gluster's error %d)", e.Node, e.Host, e.Message, e.Errno)
}

// What glusterd answers to a probe (enum gf_probe_resp).
const (
	probeSelf        = 1 // the name leads to the prober; told as a success
	probeKnown       = 2 // it is a peer already; told as a success
	probeOtherPool   = 3
	probeVolumes     = 4 // it has volumes of the same names
	probeSameUUID    = 5
	probeNoQuorum    = 8
	probeSnapMissed  = 9
	probeSnap        = 10
	probeIsDetaching = 11
)

// Kind says what sort of failure it is.
func (e *ProbeError) Kind() deploy.Kind {
	switch e.Errno {
	case probeSelf, probeKnown, probeOtherPool, probeVolumes, probeSameUUID, probeSnapMissed, probeSnap:
		return deploy.KindConflict
	}
	return deploy.KindGluster
}

// Unreachable says that glusterd on the host did not answer.
func (e *ProbeError) Unreachable() bool {
	return slices.Contains([]syscall.Errno{syscall.ENOTCONN, syscall.ETIMEDOUT, syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH}, syscall.Errno(e.Errno))
}

// Temporary says that the same may succeed later.
func (e *ProbeError) Temporary() bool {
	return e.Unreachable() || e.Errno == probeIsDetaching || e.Errno == probeNoQuorum || e.Errno == errnoBusy
}

// probe makes the host of m, whose UUID is given, a peer of by.
func probe(ctx context.Context, by, m Member, uuid string) error {
	r, err := by.cli().do(ctx, "peer probe "+m.Hostname, "peer", "probe", m.Hostname)
	var failed *CommandError
	if errors.As(err, &failed) && r.Ret != 0 {
		return &ProbeError{Node: by.Node, Host: m.Hostname, Errno: failed.Errno, Message: failed.Message}
	}
	if err != nil {
		return err
	}
	switch r.Errno {
	case probeSelf:
		return &ProbeError{Node: by.Node, Host: m.Hostname, Errno: r.Errno, Message: fmt.Sprintf("the name leads to %s itself, not to %s", by.Node, m.Node)}
	case probeKnown:
		// It was not known a moment ago: either someone else has just probed
		// it, or the name belongs to another machine in the pool, as it does
		// where the node was made anew.
		v, err := by.view(ctx)
		if err != nil {
			return err
		}
		if _, known := v.peers[uuid]; !known {
			return &ProbeError{Node: by.Node, Host: m.Hostname, Errno: r.Errno,
				Message: fmt.Sprintf("the name belongs to another machine of the pool, and %s has the UUID %s, which the pool does not know; was it made anew? Then detach or replace the old peer first", m.Node, uuid)}
		}
	}
	return nil
}
