package ssh

import (
	"fmt"
	"strings"

	"aiolos/deploy"
)

// UnknownHostError says that no line of the known_hosts files is about the
// machine. Nothing was sent to it but a greeting.
type UnknownHostError struct {
	Place
	Files []string
	// Fingerprint and Type are those of the key that was shown.
	Fingerprint, Type string
	// Line is what would have to stand in a file, if the key is the right one.
	Line string
}

func (e *UnknownHostError) Error() string {
	return fmt.Sprintf("the host key of %s is not known: no line of %s is about it; it shows %s (%s). Compare with what ssh-keygen -l -f /etc/ssh/ssh_host_*_key.pub prints on the machine itself, and if it is the same, add this line: %s",
		e.Place, strings.Join(e.Files, ", "), e.Fingerprint, e.Type, e.Line)
}

// Kind tells that a person has to look.
func (e *UnknownHostError) Kind() deploy.Kind { return deploy.KindHostKey }

// KnownHostsError says that a known_hosts file cannot be used. Then no machine
// whose key should stand there is trusted.
type KnownHostsError struct {
	File string
	Err  error
}

func (e *KnownHostsError) Error() string {
	return fmt.Sprintf("the known_hosts file %s cannot be used: %s", e.File, cause(e.Err))
}

func (e *KnownHostsError) Unwrap() error { return e.Err }

// Kind tells that host keys cannot be checked.
func (e *KnownHostsError) Kind() deploy.Kind { return deploy.KindHostKey }

// KeyTextError says that a text is no host key.
type KeyTextError struct{ Text string }

func (e *KeyTextError) Error() string {
	return fmt.Sprintf("%q is no host key; allowed is a line of /etc/ssh/ssh_host_*_key.pub: the type, and the key in base64", e.Text)
}

// Kind tells that it was written wrongly.
func (e *KeyTextError) Kind() deploy.Kind { return deploy.KindInvalidRequest }

// LoginError says that the worker has nothing to log in with, or to check the
// machine by. Nothing was sent.
type LoginError struct {
	// Place is empty while nothing is connected to yet.
	Place
	// Source is the key file, certificate or agent.
	Source string
	// Problem says what is wrong with it, and what is allowed.
	Problem string
	Err     error
}

func (e *LoginError) Error() string {
	if e.Node == "" {
		return e.Source + ": " + e.Problem
	}
	return fmt.Sprintf("cannot log in on %s: %s: %s", e.Place, e.Source, e.Problem)
}

func (e *LoginError) Unwrap() error { return e.Err }

// Kind tells that the worker cannot get in.
func (e *LoginError) Kind() deploy.Kind { return deploy.KindAuth }

// PolicyError says that an algorithm, or a policy, is none that there is.
type PolicyError struct {
	// Field is "policy", "ciphers", "key_exchanges", "macs", "host_keys" or "public_keys".
	Field string
	Value string
	// Allowed are those that there are; Insecure those that may be named as well,
	// for machines that know nothing better.
	Allowed, Insecure []string
}

func (e *PolicyError) Error() string {
	text := fmt.Sprintf("%s: %q is not known; allowed: %s", e.Field, e.Value, strings.Join(e.Allowed, ", "))
	if len(e.Insecure) > 0 {
		text += "; insecure, but possible: " + strings.Join(e.Insecure, ", ")
	}
	return text
}

// Kind tells that it was written wrongly.
func (e *PolicyError) Kind() deploy.Kind { return deploy.KindInvalidRequest }

// AlgorithmError says that the machine's sshd and the worker's policy have no
// algorithm in common.
type AlgorithmError struct {
	Place
	// What is what it would have been for, such as "key exchange".
	What string
	// Offered are the machine's, Allowed the worker's.
	Offered, Allowed []string
	Err              error
}

func (e *AlgorithmError) Error() string {
	return fmt.Sprintf("%s and the worker have no algorithm in common for %s: the machine offers %s; the worker allows %s",
		e.Place, e.What, strings.Join(e.Offered, ", "), strings.Join(e.Allowed, ", "))
}

func (e *AlgorithmError) Unwrap() error { return e.Err }

// Kind tells that the worker cannot get in, however often it tries.
func (e *AlgorithmError) Kind() deploy.Kind { return deploy.KindAuth }

// ForwardError says that a bastion does not let the worker through to the machine.
type ForwardError struct {
	Place
	Bastion Place
	// Said is sshd's own message.
	Said string
	Err  error
}

func (e *ForwardError) Error() string {
	return fmt.Sprintf("the bastion %s does not forward to %s (%s); see AllowTcpForwarding and PermitOpen in its sshd_config, and the options of the worker's key", e.Bastion, e.Place, e.Said)
}

func (e *ForwardError) Unwrap() error { return e.Err }

// Kind tells that the worker may not pass.
func (e *ForwardError) Kind() deploy.Kind { return deploy.KindAuth }

// SudoError says that sudo did not run a command. The command was not begun.
type SudoError struct {
	Place
	User string
	// Problem says what became of it.
	Problem string
	// Said are sudo's own lines.
	Said []string
}

func (e *SudoError) Error() string {
	text := fmt.Sprintf("sudo on %s does not let user %s run commands as root: %s", e.Place, e.User, e.Problem)
	if len(e.Said) > 0 {
		text += ": " + e.Said[len(e.Said)-1]
	}
	return text
}

// Evidence shows what sudo said.
func (e *SudoError) Evidence() []string { return e.Said }

// Kind tells that the worker does not get to be root.
func (e *SudoError) Kind() deploy.Kind { return deploy.KindAuth }
