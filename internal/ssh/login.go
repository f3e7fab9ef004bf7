package ssh

import (
	"context"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// LoginConfig says with which keys the worker logs in. They are tried in this
// order: files, agent. sshd allows six unless it is told otherwise (MaxAuthTries).
type LoginConfig struct {
	Files []KeyFile
	// Agent is the path of an agent's socket, such as $SSH_AUTH_SOCK; empty means none.
	Agent string
	// AgentKeys are the SHA-256 fingerprints of the agent's keys that are tried, as
	// ssh-add -l prints them; none means all. A certificate counts by its key.
	AgentKeys []string
}

// Login is how the worker proves to machines who it is. Only NewLogin makes it.
type Login struct {
	cfg   LoginConfig
	files []*keyFile
}

// NewLogin returns the login. The key files must be there and open; errors are
// *LoginError. The agent is asked at each login, and files that have changed are
// read again: certificates live short.
func NewLogin(cfg LoginConfig) (*Login, error) {
	l := &Login{cfg: cfg}
	l.cfg.Files, l.cfg.AgentKeys = slices.Clone(cfg.Files), slices.Clone(cfg.AgentKeys)
	if len(cfg.Files) == 0 && cfg.Agent == "" {
		return nil, &LoginError{Source: "the login", Problem: "it names neither a key file nor an agent; allowed are one of them or both"}
	}
	for _, print := range cfg.AgentKeys {
		if !strings.HasPrefix(print, "SHA256:") {
			return nil, &LoginError{Source: "agent key " + print, Problem: "allowed is a fingerprint that begins with SHA256:"}
		}
	}
	for _, f := range l.cfg.Files {
		file := &keyFile{KeyFile: f}
		if _, err := file.signer(); err != nil {
			return nil, err
		}
		l.files = append(l.files, file)
	}
	return l, nil
}

// signers returns what to log in with, and what lets go of the agent afterwards.
func (l *Login) signers(ctx context.Context) (all []ssh.Signer, done func(), err error) {
	done = func() {}
	for _, f := range l.files {
		s, err := f.signer()
		if err != nil {
			return nil, done, err
		}
		all = append(all, s)
	}
	if l.cfg.Agent == "" {
		return all, done, nil
	}
	of, done, err := l.agent(ctx)
	if err != nil && len(all) > 0 {
		// The files may do.
		return all, done, nil
	}
	return append(all, of...), done, err
}

func (l *Login) agent(ctx context.Context) ([]ssh.Signer, func(), error) {
	source := "the agent at " + l.cfg.Agent
	none := func() {}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", l.cfg.Agent)
	if err != nil {
		return nil, none, &LoginError{Source: source, Problem: "it cannot be reached: " + reason(err), Err: err}
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	done := func() {
		stop()
		_ = conn.Close()
	}
	all, err := agent.NewClient(conn).Signers()
	if err != nil {
		done()
		return nil, none, &LoginError{Source: source, Problem: "it does not tell its keys: " + reason(err), Err: err}
	}
	if len(l.cfg.AgentKeys) > 0 {
		all = slices.DeleteFunc(all, func(s ssh.Signer) bool {
			return !slices.ContainsFunc(prints(s), func(p string) bool { return slices.Contains(l.cfg.AgentKeys, p) })
		})
	}
	if len(all) == 0 {
		done()
		problem := "it holds no key; see ssh-add -l"
		if len(l.cfg.AgentKeys) > 0 {
			problem = "it holds none of the keys " + strings.Join(l.cfg.AgentKeys, ", ") + "; see ssh-add -l"
		}
		return nil, none, &LoginError{Source: source, Problem: problem}
	}
	return all, done, nil
}

// prints are the fingerprints by which a signer is known.
func prints(s ssh.Signer) []string {
	all := []string{ssh.FingerprintSHA256(s.PublicKey())}
	if cert, ok := s.PublicKey().(*ssh.Certificate); ok {
		all = append(all, ssh.FingerprintSHA256(cert.Key))
	}
	return all
}
