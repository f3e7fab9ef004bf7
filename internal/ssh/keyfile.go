package ssh

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// KeyFile is a private key in a file.
type KeyFile struct {
	// Path is that of the private key, in OpenSSH's own format or in PEM.
	Path string
	// Passphrase opens it; empty means that it is not encrypted.
	Passphrase Secret
	// Certificate is the path of the OpenSSH certificate for it, such as
	// id_ed25519-cert.pub; empty means none.
	Certificate string
}

// keyFile is a key file as it was read last: to open a key costs a tenth of a second.
type keyFile struct {
	KeyFile
	mu   sync.Mutex
	text []byte
	key  ssh.Signer
}

// signer returns the key, with its certificate if there is one.
func (f *keyFile) signer() (ssh.Signer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, err := os.ReadFile(f.Path)
	if err != nil {
		return nil, &LoginError{Source: "the key file " + f.Path, Problem: "it cannot be read: " + cause(err), Err: err}
	}
	if f.key == nil || !bytes.Equal(text, f.text) {
		if f.key, err = f.open(text); err != nil {
			return nil, err
		}
		f.text = text
	}
	if f.Certificate == "" {
		return f.key, nil
	}
	return f.certified(time.Now())
}

func (f *keyFile) open(text []byte) (ssh.Signer, error) {
	source := "the key file " + f.Path
	var key ssh.Signer
	var err error
	if f.Passphrase.empty() {
		key, err = ssh.ParsePrivateKey(text)
	} else {
		key, err = ssh.ParsePrivateKeyWithPassphrase(text, f.Passphrase.bytes())
	}
	var locked *ssh.PassphraseMissingError
	switch {
	case err == nil:
		return key, nil
	case errors.As(err, &locked):
		return nil, &LoginError{Source: source, Problem: "it is encrypted, and no passphrase is given", Err: err}
	case !f.Passphrase.empty():
		return nil, &LoginError{Source: source, Problem: "the passphrase does not open it", Err: err}
	}
	return nil, &LoginError{Source: source, Problem: "it holds no private key that can be read; allowed are OpenSSH's format and PEM", Err: err}
}

func (f *keyFile) certified(now time.Time) (ssh.Signer, error) {
	source := "the certificate " + f.Certificate
	text, err := os.ReadFile(f.Certificate)
	if err != nil {
		return nil, &LoginError{Source: source, Problem: "it cannot be read: " + cause(err), Err: err}
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	cert, ok := key.(*ssh.Certificate)
	if err != nil || !ok || cert.CertType != ssh.UserCert {
		return nil, &LoginError{Source: source, Problem: "it is no OpenSSH user certificate", Err: err}
	}
	at := uint64(max(0, now.Unix()))
	if at < cert.ValidAfter {
		return nil, &LoginError{Source: source, Problem: fmt.Sprintf("it is valid only from %s on", when(cert.ValidAfter))}
	}
	if cert.ValidBefore != ssh.CertTimeInfinity && at >= cert.ValidBefore {
		return nil, &LoginError{Source: source, Problem: fmt.Sprintf("it was valid until %s; have a new one signed", when(cert.ValidBefore))}
	}
	s, err := ssh.NewCertSigner(cert, f.key)
	if err != nil {
		return nil, &LoginError{Source: source, Problem: "it is not one for the key in " + f.Path, Err: err}
	}
	return s, nil
}

// when shows a time of a certificate, which may hold any number.
func when(unix uint64) string {
	return time.Unix(int64(min(unix, math.MaxInt64)), 0).UTC().Format(time.RFC3339) //nolint:gosec // no more than fits
}

// cause is what is wrong with a file, without its path, which stands there already.
func cause(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
