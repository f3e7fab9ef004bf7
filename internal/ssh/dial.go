package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
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

func ruleOf(t Target) string {
	switch t.HostKeys.(type) {
	case *KnownHosts:
		return "known_hosts"
	case *PinnedKeys:
		return pinnedRule
	}
	return ""
}

func (p *Pool) algorithms(t Target) *Algorithms {
	if t.Algorithms != nil {
		return t.Algorithms
	}
	return p.cfg.Algorithms
}

// expectation is what is expected of the host key, within the policy.
func (p *Pool) expectation(t Target) (expectation, error) {
	var expected expectation
	var err error
	if t.HostKeys == nil {
		expected, err = derived(t, p.cfg)
	} else {
		expected, err = t.HostKeys.expect(t)
	}
	if err != nil {
		return expected, err
	}
	policy := p.algorithms(t)
	allowed := standard().HostKeys
	if policy != nil {
		allowed = policy.lists.HostKeys
	}
	if len(expected.algorithms) == 0 {
		expected.algorithms = allowed
		return expected, nil
	}
	wanted := expected.algorithms
	expected.algorithms = slices.DeleteFunc(slices.Clone(wanted), func(n string) bool { return !slices.Contains(allowed, n) })
	if len(expected.algorithms) == 0 {
		problem := "it is of " + strings.Join(wanted, ", ") + "; the policy allows " + strings.Join(allowed, ", ")
		return expected, &LoginError{Place: t.place(), Source: "the host key that is known", Problem: problem}
	}
	return expected, nil
}

// signers are the keys to log in with, within the policy; done is never nil.
func (p *Pool) signers(ctx context.Context, t Target) (all []ssh.Signer, done func(), err error) {
	all, done = []ssh.Signer{p.signer}, func() {}
	if t.Login != nil {
		if all, done, err = t.Login.signers(ctx); err != nil {
			var own *LoginError
			if errors.As(err, &own) {
				placed := *own
				placed.Place = t.place()
				err = &placed
			}
			return nil, done, err
		}
	}
	policy := p.algorithms(t)
	var bound []ssh.Signer
	var formats []string
	for _, s := range all {
		formats = append(formats, s.PublicKey().Type())
		if b, ok := policy.signing(s); ok {
			bound = append(bound, b)
		}
	}
	if len(bound) == 0 {
		problem := "they are of " + strings.Join(once(formats), ", ") + "; the policy allows " + strings.Join(policy.lists.PublicKeys, ", ")
		return nil, done, &LoginError{Place: t.place(), Source: "the worker's keys", Problem: problem}
	}
	return bound, done, nil
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
