package hosts

import (
	"bytes"
	"fmt"
	"os"

	"aiolos/internal/ssh"
)

// Reach knows how the machines of an inventory are reached over SSH.
type Reach struct {
	targets map[string]ssh.Target
}

// NewReach reads the files that the inventory names: keys, passphrases, passwords and
// known_hosts. Errors name the machine or the bastion, and are *ReachError. What an
// inventory says in several places alike is made once, so that connections are shared.
func NewReach(i Inventory) (*Reach, error) {
	if err := i.Check(); err != nil {
		return nil, err
	}
	b := newBuilder(i)
	bastions := map[string]ssh.Target{}
	for _, bastion := range i.Bastions {
		t, err := b.target(bastion.Host)
		if err != nil {
			return nil, &ReachError{Host: bastion.Name, Err: err}
		}
		bastions[bastion.Name] = t
	}
	r := &Reach{targets: map[string]ssh.Target{}}
	for _, m := range i.Machines {
		t, err := b.target(m.Host)
		if err != nil {
			return nil, &ReachError{Host: m.Name, Err: err}
		}
		for _, name := range m.Bastions {
			t.Via = append(t.Via, bastions[name])
		}
		if m.Sudo != nil {
			t.Sudo.On = true
			if t.Sudo.Password, err = secretIn(m.Sudo.PasswordFile); err != nil {
				return nil, &ReachError{Host: m.Name, Err: err}
			}
		}
		r.targets[m.Name] = t
	}
	return r, nil
}

// NewWay reads the files that bastions name, for machines that no inventory has.
// Errors are *ReachError and *deploy.InvalidError.
func NewWay(bastions []Bastion) ([]ssh.Target, error) {
	if err := CheckBastions(bastions); err != nil {
		return nil, err
	}
	b := newBuilder(Inventory{})
	var way []ssh.Target
	for _, bastion := range bastions {
		t, err := b.target(bastion.Host)
		if err != nil {
			return nil, &ReachError{Host: bastion.Name, Err: err}
		}
		way = append(way, t)
	}
	return way, nil
}

// Target is how a machine is reached; ok is false if it is not in the inventory. It
// is the same for all deployments, so that there is one connection to a machine.
func (r *Reach) Target(m Machine) (t ssh.Target, ok bool) {
	t, ok = r.targets[m.Name]
	return t, ok
}

// ReachError says that a machine or a bastion cannot be reached as the inventory
// says.
type ReachError struct {
	Host string
	Err  error
}

func (e *ReachError) Error() string { return fmt.Sprintf("inventory, %s: %v", e.Host, e.Err) }
func (e *ReachError) Unwrap() error { return e.Err }

// builder makes each rule and login once.
type builder struct {
	inventory Inventory
	rules     map[string]ssh.HostKeys
	logins    map[string]*ssh.Login
	policies  map[string]*ssh.Algorithms
}

func newBuilder(i Inventory) builder {
	return builder{inventory: i, rules: map[string]ssh.HostKeys{}, logins: map[string]*ssh.Login{}, policies: map[string]*ssh.Algorithms{}}
}

func (b *builder) target(h Host) (ssh.Target, error) {
	// "hosts" is no name of a deployment's own machines' keys: those are derived.
	t := ssh.Target{Deployment: "hosts:", Node: h.Name, Address: h.address(), Port: h.Port, User: h.User}
	var err error
	if t.HostKeys, err = b.rule(h); err != nil {
		return t, err
	}
	if t.Login, err = b.login(h); err != nil {
		return t, err
	}
	t.Algorithms, err = b.policy(h)
	return t, err
}

func (b *builder) rule(h Host) (ssh.HostKeys, error) {
	files := h.KnownHosts
	if len(files) == 0 {
		files = b.inventory.KnownHosts
	}
	key := fmt.Sprintf("%q %q", h.HostKeys, files)
	if known, ok := b.rules[key]; ok {
		return known, nil
	}
	var rule ssh.HostKeys
	var err error
	if len(h.HostKeys) > 0 {
		rule, err = ssh.NewPinnedKeys(h.HostKeys...)
	} else {
		rule, err = ssh.NewKnownHosts(files...)
	}
	if err != nil {
		return nil, err
	}
	b.rules[key] = rule
	return rule, nil
}

func (b *builder) login(h Host) (*ssh.Login, error) {
	l := h.Login
	if l == nil {
		l = b.inventory.Login
	}
	if l == nil {
		return nil, nil
	}
	key := fmt.Sprintf("%q", *l)
	if known, ok := b.logins[key]; ok {
		return known, nil
	}
	cfg := ssh.LoginConfig{Agent: l.Agent, AgentKeys: l.AgentKeys}
	if l.KeyFile != "" {
		passphrase, err := secretIn(l.PassphraseFile)
		if err != nil {
			return nil, err
		}
		cfg.Files = []ssh.KeyFile{{Path: l.KeyFile, Passphrase: passphrase, Certificate: l.CertificateFile}}
	}
	login, err := ssh.NewLogin(cfg)
	if err != nil {
		return nil, err
	}
	b.logins[key] = login
	return login, nil
}

func (b *builder) policy(h Host) (*ssh.Algorithms, error) {
	name := h.Algorithms
	if name == "" {
		name = b.inventory.Algorithms
	}
	if name == "" {
		name = ssh.PolicyStandard
	}
	if known, ok := b.policies[name]; ok {
		return known, nil
	}
	a, err := ssh.NewAlgorithms(name, ssh.AlgorithmLists{})
	b.policies[name] = a
	return a, err
}

// secretIn is the first line of a file; no file, no secret.
func secretIn(path string) (ssh.Secret, error) {
	if path == "" {
		return ssh.Secret{}, nil
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if err != nil {
		return ssh.Secret{}, err
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return ssh.Secret{}, fmt.Errorf("the first line of %s is empty; it has to be the secret", path)
	}
	return ssh.NewSecret(line), nil
}
