package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"

	"aiolos/deploy"
)

// ErrClosed says that the pool has been closed.
var ErrClosed = errors.New("the pool of SSH connections is closed")

// Place names the node that an error is about.
type Place struct {
	Deployment string
	Node       string
	// Address is host and port.
	Address string
}

func (p Place) String() string { return p.Node + " (" + p.Address + ")" }

// HostKeyError says that another key was shown than the node has. Another machine
// answers at its address, or someone listens in: it is never worth a retry.
type HostKeyError struct {
	Place
	// Want and Found are SHA-256 fingerprints, as ssh-keygen -l prints them. Found is
	// empty where the machine has no key of a wanted kind at all.
	Want, Found string
	// Rule is what Want comes from; empty means that the worker made the key.
	Rule string
	// Problem says what else is wrong than that the keys differ.
	Problem string
}

func (e *HostKeyError) Error() string {
	found := e.Found
	switch {
	case found != "":
	case e.Rule == "":
		found = "no ed25519 key"
	default:
		found = "of no kind that is known"
	}
	switch {
	case e.Problem != "":
		return fmt.Sprintf("%s must not be trusted: its host key is %s, and %s", e.Place, found, e.Problem)
	case e.Rule != "":
		return fmt.Sprintf("%s is not the machine that it should be, or someone listens in: its host key is %s, not %s, which %s has", e.Place, found, e.Want, e.Rule)
	}
	return fmt.Sprintf("%s is not the machine that was launched: its host key is %s, not %s", e.Place, found, e.Want)
}

// Kind tells what follows from it.
func (e *HostKeyError) Kind() deploy.Kind { return deploy.KindHostKey }

// AuthError says that sshd answers with the right host key, but lets the worker's
// key not in.
type AuthError struct {
	Place
	User string
	// Key is the fingerprint of the worker's key; several stand with commas between.
	Key string
	Err error
}

func (e *AuthError) Error() string {
	return fmt.Sprintf("%s refuses the worker's key %s for user %s", e.Place, e.Key, e.User)
}

func (e *AuthError) Unwrap() error { return e.Err }

// Kind tells what follows from it.
func (e *AuthError) Kind() deploy.Kind { return deploy.KindAuth }

// DialError says that the node cannot be reached, not yet or no more. No command
// was begun.
type DialError struct {
	Place
	Err error
}

func (e *DialError) Error() string {
	return fmt.Sprintf("%s cannot be reached: %s", e.Place, reason(e.Err))
}

func (e *DialError) Unwrap() error { return e.Err }

// Kind tells what follows from it.
func (e *DialError) Kind() deploy.Kind { return deploy.KindUnreachable }

// LostError says that the connection was lost while a command ran: nobody knows
// whether it ended, and how.
type LostError struct {
	Place
	Err error
}

func (e *LostError) Error() string {
	return fmt.Sprintf("lost the connection to %s while a command ran: %s", e.Place, reason(e.Err))
}

func (e *LostError) Unwrap() error { return e.Err }

// Kind tells what follows from it.
func (e *LostError) Kind() deploy.Kind { return deploy.KindUnreachable }

// OutputError says that a command printed more than is collected. The command
// was given up, so its end is unknown.
type OutputError struct {
	Place
	// Stream is "standard output" or "standard error".
	Stream string
	// Limit is in bytes.
	Limit int
}

func (e *OutputError) Error() string {
	return fmt.Sprintf("a command on %s printed more than %d bytes to %s", e.Place, e.Limit, e.Stream)
}

// Kind tells what follows from it.
func (e *OutputError) Kind() deploy.Kind { return deploy.KindJob }

// CommandError says that a command cannot be run as it is. Nothing was sent.
type CommandError struct {
	Place
	// Problem says what is wrong, and what is allowed.
	Problem string
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("a command for %s cannot be run: %s", e.Place, e.Problem)
}

// Kind tells what follows from it.
func (e *CommandError) Kind() deploy.Kind { return deploy.KindInvalidRequest }

// reason says an error without the addresses that package net puts before it:
// the place stands there already, and the worker's own port tells nothing.
func reason(err error) string {
	var late *lateError
	var via *viaError
	var op *net.OpError
	switch {
	case errors.As(err, &late):
		return late.Error()
	case errors.As(err, &via):
		return via.Error()
	case errors.As(err, &op):
		return op.Err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	return err.Error()
}
