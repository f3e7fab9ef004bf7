package ssh

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// HostKeys is a rule that tells which host keys a machine may show: *KnownHosts or
// *PinnedKeys.
type HostKeys interface {
	// expect returns what holds for one attempt to connect.
	expect(t Target) (expectation, error)
}

// expectation is what one attempt to connect wants of the host key.
type expectation struct {
	// algorithms are asked for, so that sshd does not choose to show another key; none
	// means whatever there is.
	algorithms []string
	// want says which key is expected, where none of the algorithms is to be had.
	want string
	// check returns *HostKeyError or *UnknownHostError.
	check func(found ssh.PublicKey) error
}

// derived is the rule for nodes whose key the worker has made.
func derived(t Target, cfg Config) (expectation, error) {
	if cfg.HostKeys == nil {
		return expectation{}, &LoginError{Place: t.place(), Source: "the host key", Problem: "no key is derived for it, and it has no rule of its own; allowed are known_hosts files and pinned keys"}
	}
	var keys []ssh.PublicKey
	for _, k := range cfg.HostKeys(t.Deployment, t.Node) {
		key, err := ssh.NewPublicKey(k)
		if err != nil {
			return expectation{}, err
		}
		keys = append(keys, key)
	}
	return oneOf(t, "", keys...), nil
}

// oneOf expects one of the keys.
func oneOf(t Target, rule string, keys ...ssh.PublicKey) expectation {
	var prints []string
	e := expectation{}
	for _, k := range keys {
		prints = append(prints, ssh.FingerprintSHA256(k))
		e.algorithms = append(e.algorithms, signatures(k.Type())...)
	}
	e.algorithms = once(e.algorithms)
	e.want = strings.Join(prints, " or ")
	e.check = func(found ssh.PublicKey) error {
		if slices.ContainsFunc(keys, func(k ssh.PublicKey) bool { return bytes.Equal(k.Marshal(), found.Marshal()) }) {
			return nil
		}
		return &HostKeyError{Place: t.place(), Want: e.want, Found: ssh.FingerprintSHA256(found), Rule: rule}
	}
	return e
}

// pinnedRule is how errors call the rule.
const pinnedRule = "the list of its host keys"

// PinnedKeys are the host keys that a machine may show.
type PinnedKeys struct{ keys []ssh.PublicKey }

// NewPinnedKeys reads host keys as they stand in /etc/ssh/ssh_host_*_key.pub:
// "ssh-ed25519 AAAA…", a comment may follow. Errors are *KeyTextError.
func NewPinnedKeys(lines ...string) (*PinnedKeys, error) {
	p := &PinnedKeys{}
	for _, line := range lines {
		key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
		if err != nil || len(options) > 0 || len(bytes.TrimSpace(rest)) > 0 {
			return nil, &KeyTextError{Text: line}
		}
		if _, isCert := key.(*ssh.Certificate); isCert {
			return nil, &KeyTextError{Text: line}
		}
		p.keys = append(p.keys, key)
	}
	if len(p.keys) == 0 {
		return nil, &KeyTextError{}
	}
	return p, nil
}

func (p *PinnedKeys) expect(t Target) (expectation, error) {
	return oneOf(t, pinnedRule, p.keys...), nil
}

func once(list []string) []string {
	var result []string
	for _, n := range list {
		if !slices.Contains(result, n) {
			result = append(result, n)
		}
	}
	return result
}
