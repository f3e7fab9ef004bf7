package ssh

import (
	"net"
	"strconv"
)

// Target says where a node's sshd is, and as whom to log in.
type Target struct {
	Deployment string
	Node       string
	// Address is an IP address or a host name.
	Address string
	// Port is 22 if 0.
	Port int
	// User is root if empty.
	User string
}

func (t Target) filled() Target {
	if t.Port == 0 {
		t.Port = 22
	}
	if t.User == "" {
		t.User = "root"
	}
	return t
}

func (t Target) hostPort() string { return net.JoinHostPort(t.Address, strconv.Itoa(t.Port)) }

// place is what every error says of its node.
func (t Target) place() Place {
	return Place{Deployment: t.Deployment, Node: t.Node, Address: t.hostPort()}
}
