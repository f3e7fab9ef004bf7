package ssh

import (
	"net"
	"slices"
	"strconv"
)

// Target says where a node's sshd is, how to get there, as whom to log in, and
// how each side proves who it is. Its zero fields mean a node that the worker has
// launched itself: root, the worker's key, a derived host key, no bastion.
type Target struct {
	Deployment string
	Node       string
	// Address is an IP address or a host name. Behind a bastion it is the bastion
	// that looks the name up.
	Address string
	// Port is 22 if 0.
	Port int
	// User is root if empty.
	User string
	// Sudo says how the user's commands come to run as root.
	Sudo Sudo
	// HostKeys is the rule for the machine's host key; nil means that it is derived
	// (Config.HostKeys).
	HostKeys HostKeys
	// Login is what the worker shows of itself; nil means the worker's own key
	// (Config.ClientKeys).
	Login *Login
	// Algorithms bounds what may be negotiated; nil means Config.Algorithms.
	Algorithms *Algorithms
	// Via are the bastions on the way, the one nearest to the worker first. Their own
	// Via and Sudo mean nothing. All targets with the same way share its connections.
	Via []Target
}

// Sudo says whether and how commands are run by sudo. A rule of sudoers that
// allows the user everything is needed, as every command is a shell's.
type Sudo struct {
	On bool
	// Password is the user's own, given to sudo on standard input when it asks;
	// empty means that sudo must not ask (NOPASSWD).
	Password Secret
}

func (t Target) filled() Target {
	if t.Port == 0 {
		t.Port = 22
	}
	if t.User == "" {
		t.User = "root"
	}
	via := slices.Clone(t.Via)
	for i := range via {
		via[i].Via, via[i].Sudo = nil, Sudo{}
		via[i] = via[i].filled()
	}
	t.Via = via
	return t
}

// same says whether a connection to t is one to u as well. How commands come to be
// root's is no matter of the connection. Rules and logins are the same if they were
// made by the same call.
func (t Target) same(u Target) bool {
	return t.Deployment == u.Deployment && t.Node == u.Node && t.Address == u.Address && t.Port == u.Port && t.User == u.User &&
		t.HostKeys == u.HostKeys && t.Login == u.Login && t.Algorithms == u.Algorithms && slices.EqualFunc(t.Via, u.Via, Target.same)
}

// bastion is the last machine on the way to t, with the way to it.
func (t Target) bastion() Target {
	last := len(t.Via) - 1
	b := t.Via[last]
	b.Via = t.Via[:last]
	return b
}

func (t Target) hostPort() string { return net.JoinHostPort(t.Address, strconv.Itoa(t.Port)) }

// place is what every error says of its node.
func (t Target) place() Place {
	return Place{Deployment: t.Deployment, Node: t.Node, Address: t.hostPort()}
}
