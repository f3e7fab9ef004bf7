package ssh

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

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
	all, done = slices.Clone(p.own), func() {}
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
