package ssh

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"errors"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// KnownHosts is the rule that a machine's key has to stand in known_hosts files
// (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): plain and hashed names, authorities
// (@cert-authority) and revoked keys (@revoked). Nothing is ever added to them.
//
// The files are read anew for each connection, so that a line which someone adds
// holds at once.
type KnownHosts struct{ files []string }

// NewKnownHosts returns the rule. The files must be there and be right; errors are
// *KnownHostsError.
func NewKnownHosts(files ...string) (*KnownHosts, error) {
	k := &KnownHosts{files: slices.Clone(files)}
	if len(files) == 0 {
		return nil, &KnownHostsError{Err: errors.New("no file is named")}
	}
	if _, err := k.read(); err != nil {
		return nil, err
	}
	return k, nil
}

// known is what the files hold.
type known struct {
	check ssh.HostKeyCallback
	// authorities are the places of lines with @cert-authority, which the library
	// does not tell from others.
	authorities map[linePlace]bool
}

type linePlace struct {
	file string
	line int
}

func (k *KnownHosts) read() (known, error) {
	all := known{authorities: map[linePlace]bool{}}
	for _, file := range k.files {
		text, err := os.ReadFile(file) //nolint:gosec // the operator names it
		if err != nil {
			return known{}, &KnownHostsError{File: file, Err: err}
		}
		// One by one, so that the error names the file.
		if _, err := knownhosts.New(file); err != nil {
			return known{}, &KnownHostsError{File: file, Err: err}
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		for n := 1; lines.Scan(); n++ {
			if strings.HasPrefix(strings.TrimLeft(lines.Text(), " \t"), "@cert-authority") {
				all.authorities[linePlace{file, n}] = true
			}
		}
	}
	check, err := knownhosts.New(k.files...)
	if err != nil {
		return known{}, &KnownHostsError{File: strings.Join(k.files, ", "), Err: err}
	}
	all.check = check
	return all, nil
}

func (k *KnownHosts) expect(t Target) (expectation, error) {
	all, err := k.read()
	if err != nil {
		return expectation{}, err
	}
	e := expectation{}
	var prints []string
	var plain []string
	for _, line := range all.of(t) {
		format, print := line.Key.Type(), ssh.FingerprintSHA256(line.Key)
		if all.authorities[linePlace{line.Filename, line.Line}] {
			// An authority of any kind may certify keys of any kind.
			e.algorithms = certificates()
			prints = append(prints, "one certified by "+print)
			continue
		}
		plain = append(plain, signatures(format)...)
		prints = append(prints, print)
	}
	e.algorithms = once(append(e.algorithms, plain...))
	e.want = strings.Join(once(prints), " or ")
	e.check = func(found ssh.PublicKey) error { return k.judge(t, all, e.want, found) }
	return e, nil
}

// of are the lines that are about the target.
func (a known) of(t Target) []knownhosts.KnownKey {
	// The library tells them only when a key does not fit: this one fits nowhere.
	nobody, err := ssh.NewPublicKey(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))
	if err != nil {
		return nil
	}
	var unfit *knownhosts.KeyError
	if errors.As(a.ask(t, nobody), &unfit) {
		return unfit.Want
	}
	return nil
}

func (a known) ask(t Target, key ssh.PublicKey) error {
	return a.check(t.hostPort(), &net.TCPAddr{IP: net.IPv4zero}, key)
}

// judge says whether the machine may have the key.
func (k *KnownHosts) judge(t Target, all known, want string, found ssh.PublicKey) error {
	err := all.ask(t, found)
	cert, isCert := found.(*ssh.Certificate)
	if err != nil && isCert {
		// A machine with a certificate that nobody here asks for may be known by the
		// key in it: it has proved to hold that one, too.
		if all.ask(t, cert.Key) == nil && !revoked(all.ask(t, cert.SignatureKey)) {
			return nil
		}
	}
	wrong := &HostKeyError{Place: t.place(), Want: want, Found: ssh.FingerprintSHA256(found), Rule: "known_hosts"}
	var unfit *knownhosts.KeyError
	switch {
	case err == nil:
		return nil
	case revoked(err) || isCert && (revoked(all.ask(t, cert.Key)) || revoked(all.ask(t, cert.SignatureKey))):
		wrong.Problem = "it is revoked"
		return wrong
	case want == "":
		// Of a certificate, its key is what a line could be added for.
		if isCert {
			found = cert.Key
		}
		return &UnknownHostError{
			Place: t.place(), Files: k.files, Fingerprint: ssh.FingerprintSHA256(found), Type: found.Type(),
			Line: knownhosts.Line([]string{t.hostPort()}, found),
		}
	case errors.As(err, &unfit):
		return wrong
	}
	// A certificate that is out of date, for another name, or of someone else's authority.
	wrong.Problem = "its certificate does not hold: " + err.Error()
	return wrong
}

func revoked(err error) bool {
	var r *knownhosts.RevokedError
	return errors.As(err, &r)
}

// certificates are the signature algorithms of all certified host keys.
func certificates() []string {
	return slices.DeleteFunc(standard().HostKeys, func(n string) bool { return !strings.Contains(n, "-cert-v01@") })
}
