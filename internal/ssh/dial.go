package ssh

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"

	"golang.org/x/crypto/ssh"
)

var errNoAddress = errors.New("it has no address")

// dial connects and logs in. Its errors are *DialError, *HostKeyError and
// *AuthError.
func (c *conn) dial(cfg Config, signer ssh.Signer) error {
	place := c.target.place()
	if c.target.Address == "" {
		// Package net would take that for this machine.
		return &DialError{Place: place, Err: errNoAddress}
	}
	ctx, cancel := context.WithTimeout(c.ctx, cfg.DialTimeout)
	defer cancel()
	tcp, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.target.hostPort())
	if err != nil {
		return c.unreachable(err)
	}
	c.wire.Conn = tcp
	stop := context.AfterFunc(ctx, func() { _ = tcp.Close() })
	defer stop()

	want, err := ssh.NewPublicKey(cfg.HostKey(c.target.Deployment, c.target.Node))
	if err != nil {
		return errors.Join(err, tcp.Close())
	}
	var known bool
	var wrong *HostKeyError
	sshConn, channels, requests, err := ssh.NewClientConn(c.wire, c.target.hostPort(), &ssh.ClientConfig{
		User: c.target.User,
		Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)},
		// Only the kind of key that nodes get: sshd must not choose to show another.
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		HostKeyCallback: func(_ string, _ net.Addr, found ssh.PublicKey) error {
			if !bytes.Equal(found.Marshal(), want.Marshal()) {
				wrong = &HostKeyError{Place: place, Want: ssh.FingerprintSHA256(want), Found: ssh.FingerprintSHA256(found)}
				return wrong
			}
			known = true
			return nil
		},
	})
	var none *ssh.AlgorithmNegotiationError
	switch {
	case err == nil:
	case wrong != nil:
		return wrong
	case errors.As(err, &none) && none.What == "host key":
		return &HostKeyError{Place: place, Want: ssh.FingerprintSHA256(want)}
	case ctx.Err() != nil:
		return c.unreachable(ctx.Err())
	case !known || broken(err):
		return c.unreachable(err)
	default:
		// The connection stands and the host is the right one: what is left is the login.
		return &AuthError{Place: place, User: c.target.User, Key: ssh.FingerprintSHA256(signer.PublicKey()), Err: err}
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
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
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
