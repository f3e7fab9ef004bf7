package ssh

import (
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// The names of the policies.
const (
	// PolicyStandard is all that the SSH library supports and does not call
	// insecure: any sshd since OpenSSH 6.5 agrees to some of it.
	PolicyStandard = "standard"
	// PolicyStrict is what nobody has objections to: key exchange over curve 25519,
	// with ML-KEM where the peer knows it, AEAD ciphers, and keys of Ed25519 or of
	// RSA with SHA-2. It needs OpenSSH 6.5, or 7.2 for RSA keys.
	PolicyStrict = "strict"
)

// AlgorithmLists are algorithms by their names in SSH, the best first. A list that
// is empty means that of the policy.
type AlgorithmLists struct {
	Ciphers      []string
	KeyExchanges []string
	MACs         []string
	// HostKeys are signature algorithms for the machine's key, such as
	// "ssh-ed25519-cert-v01@openssh.com".
	HostKeys []string
	// PublicKeys are signature algorithms for the worker's key, without those of
	// certificates: they follow from the key that they certify.
	PublicKeys []string
}

// Algorithms are those that may be negotiated. Only NewAlgorithms makes them.
type Algorithms struct{ lists AlgorithmLists }

// NewAlgorithms returns a policy's algorithms, with explicit lists in the place of
// its own. The policy "" is PolicyStandard. Errors are *PolicyError. Explicit lists
// may name algorithms that are insecure, for machines that know nothing better.
func NewAlgorithms(policy string, explicit AlgorithmLists) (*Algorithms, error) {
	var base AlgorithmLists
	switch policy {
	case "", PolicyStandard:
		base = standard()
	case PolicyStrict:
		base = strict()
	default:
		return nil, &PolicyError{Field: "policy", Value: policy, Allowed: []string{PolicyStandard, PolicyStrict}}
	}
	all, weak := listsOf(ssh.SupportedAlgorithms()), listsOf(ssh.InsecureAlgorithms())
	for i, field := range base.fields() {
		given := *explicit.fields()[i].list
		if len(given) == 0 {
			continue
		}
		sound := without(*all.fields()[i].list, *weak.fields()[i].list)
		insecure := *weak.fields()[i].list
		for _, name := range given {
			if !slices.Contains(sound, name) && !slices.Contains(insecure, name) {
				return nil, &PolicyError{Field: field.name, Value: name, Allowed: sound, Insecure: insecure}
			}
		}
		*field.list = slices.Clone(given)
	}
	return &Algorithms{base}, nil
}

// Lists returns the algorithms by their names.
func (a *Algorithms) Lists() AlgorithmLists {
	lists := a.lists
	for _, f := range lists.fields() {
		*f.list = slices.Clone(*f.list)
	}
	return lists
}

type algorithmField struct {
	name string
	list *[]string
}

func (l *AlgorithmLists) fields() []algorithmField {
	return []algorithmField{
		{"ciphers", &l.Ciphers}, {"key_exchanges", &l.KeyExchanges}, {"macs", &l.MACs},
		{"host_keys", &l.HostKeys}, {"public_keys", &l.PublicKeys},
	}
}

func listsOf(a ssh.Algorithms) AlgorithmLists {
	return AlgorithmLists{Ciphers: a.Ciphers, KeyExchanges: a.KeyExchanges, MACs: a.MACs, HostKeys: a.HostKeys, PublicKeys: a.PublicKeyAuths}
}

func standard() AlgorithmLists {
	lists, weak := listsOf(ssh.SupportedAlgorithms()), listsOf(ssh.InsecureAlgorithms())
	for i, f := range lists.fields() {
		*f.list = without(*f.list, *weak.fields()[i].list)
	}
	return lists
}

// strict picks from standard, so that it never holds what the library lacks.
func strict() AlgorithmLists {
	lists := standard()
	for i, keep := range []func(string) bool{
		func(n string) bool { return strings.Contains(n, "gcm@") || strings.Contains(n, "poly1305") },
		func(n string) bool { return strings.Contains(n, "25519") },
		// An AEAD cipher needs none, but both sides have to name one.
		func(n string) bool { return strings.Contains(n, "-etm@") && strings.Contains(n, "sha2") },
		soundKey,
		soundKey,
	} {
		f := lists.fields()[i]
		*f.list = slices.DeleteFunc(*f.list, func(n string) bool { return !keep(n) })
	}
	return lists
}

func soundKey(n string) bool {
	return strings.Contains(n, "ed25519") || strings.HasPrefix(n, "rsa-sha2-")
}

func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(n string) bool { return slices.Contains(others, n) })
}

// signing returns the signer bound to the algorithms; ok is false if none of them
// is one of its key.
func (a *Algorithms) signing(s ssh.Signer) (bound ssh.Signer, ok bool) {
	if a == nil {
		return s, true
	}
	format := s.PublicKey().Type()
	if cert, isCert := s.PublicKey().(*ssh.Certificate); isCert {
		format = cert.Key.Type()
	}
	var names []string
	for _, n := range a.lists.PublicKeys {
		if slices.Contains(signatures(format), n) {
			names = append(names, n)
		}
	}
	able, isAble := s.(ssh.AlgorithmSigner)
	if len(names) == 0 {
		return nil, false
	}
	if !isAble {
		return s, slices.Contains(names, format)
	}
	multi, err := ssh.NewSignerWithAlgorithms(able, names)
	return multi, err == nil
}

// signatures are the signature algorithms of a format of keys, the best first.
// RSA alone has several (RFC 8332).
func signatures(format string) []string {
	switch format {
	case ssh.KeyAlgoRSA:
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA}
	case ssh.CertAlgoRSAv01:
		return []string{ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01, ssh.CertAlgoRSAv01}
	}
	return []string{format}
}
