package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

var errNoAddress = errors.New("it has no address")

// dial connects and logs in. Its errors are *DialError; *HostKeyError,
// *UnknownHostError and *KnownHostsError; *AuthError, *LoginError, *AlgorithmError
// and *ForwardError. Those of a bastion name the bastion.
func (p *Pool) dial(c *conn) error {
	place := c.target.place()
	if c.target.Address == "" {
		// Package net would take that for this machine.
		return &DialError{Place: place, Err: errNoAddress}
	}
	expected, err := p.expectation(c.target)
	if err != nil {
		return err
	}
	// Every bastion on the way may take as long.
	ctx, cancel := context.WithTimeout(c.ctx, p.cfg.DialTimeout*time.Duration(1+len(c.target.Via)))
	defer cancel()
	signers, done, err := p.signers(ctx, c.target)
	defer done()
	if err != nil {
		return err
	}
	under, err := p.under(ctx, c)
	if err != nil {
		return err
	}
	c.wire.Conn = under
	stop := context.AfterFunc(ctx, func() { _ = under.Close() })
	defer stop()

	var known bool
	var wrong error
	client := &ssh.ClientConfig{
		User:              c.target.User,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(signers...)},
		HostKeyAlgorithms: expected.algorithms,
		HostKeyCallback: func(_ string, _ net.Addr, found ssh.PublicKey) error {
			wrong = expected.check(found)
			known = wrong == nil
			return wrong
		},
	}
	if a := p.algorithms(c.target); a != nil {
		client.Ciphers, client.KeyExchanges, client.MACs = a.lists.Ciphers, a.lists.KeyExchanges, a.lists.MACs
	}
	sshConn, channels, requests, err := ssh.NewClientConn(c.wire, c.target.hostPort(), client)
	var none *ssh.AlgorithmNegotiationError
	switch {
	case err == nil:
	case wrong != nil:
		return wrong
	case errors.As(err, &none) && none.What == "host key" && expected.want != "":
		return &HostKeyError{Place: place, Want: expected.want, Rule: ruleOf(c.target)}
	case errors.As(err, &none):
		return &AlgorithmError{Place: place, What: none.What, Offered: none.RequestedAlgorithms, Allowed: none.SupportedAlgorithms, Err: err}
	case ctx.Err() != nil:
		return c.unreachable(ctx.Err())
	case !known || broken(err):
		return c.unreachable(err)
	default:
		// The connection stands and the host is the right one: what is left is the login.
		var prints []string
		for _, s := range signers {
			prints = append(prints, ssh.FingerprintSHA256(s.PublicKey()))
		}
		return &AuthError{Place: place, User: c.target.User, Key: strings.Join(prints, ", "), Err: err}
	}
	if !stop() {
		_ = sshConn.Close()
		return c.unreachable(ctx.Err())
	}
	c.client = ssh.NewClient(sshConn, channels, requests)
	return nil
}

// broken tells whether the connection broke, in distinction to what sshd said on it.
// The wire does not tell, as the SSH library closes it after a refusal as well.
func broken(err error) bool {
	var network net.Error
	var via *viaError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) || errors.As(err, &via)
}

// unreachable prefers the reason for which the connection was ended here, if
// there is one, to what follows from that.
func (c *conn) unreachable(err error) error {
	if cause := context.Cause(c.ctx); cause != nil {
		if errors.Is(cause, ErrClosed) {
			return cause
		}
		err = cause
	}
	return &DialError{Place: c.target.place(), Err: err}
}
