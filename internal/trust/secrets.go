package trust

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
)

// Secrets are the worker's secrets while one takes another's place: what is made
// new comes from the first, and what was made from the second is accepted still.
// So nodes that were launched with the older secret can be reached and can
// signal until they are gone, and the older one is given up then.
//
// A Secrets with one secret behaves as the secret does. It shows nothing of
// itself. A zero Secrets panics like a zero Secret.
type Secrets struct {
	first Secret
	// second is a zero Secret where there is none.
	second Secret
}

// One is the worker's only secret.
func One(secret Secret) Secrets { return Secrets{first: secret} }

// Two are a secret and the one that it takes the place of.
func Two(first, second Secret) Secrets { return Secrets{first: first, second: second} }

// Rotate are a secret and the one that it takes the place of, which has to be
// another one: otherwise the new one was never made, or the old one was
// overwritten. The error is a *TextError.
func Rotate(first, older Secret) (Secrets, error) {
	if first.same(older) {
		return Secrets{}, &TextError{Problem: "the older one is the same as the one in use", Allowed: "the secret that was in use before"}
	}
	return Two(first, older), nil
}

// same says whether both derive the same.
func (s Secret) same(other Secret) bool {
	return bytes.Equal(s.derive(sameLabel), other.derive(sameLabel))
}

// First is the secret that new keys and tokens are derived from.
func (s Secrets) First() Secret { return s.first }

// Rotating says whether there is an older secret.
func (s Secrets) Rotating() bool { return s.second.key != nil }

// all returns the secrets, the first before the older one.
func (s Secrets) all() []Secret {
	if s.Rotating() {
		return []Secret{s.first, s.second}
	}
	return []Secret{s.first}
}

// HostKey is the SSH host key that a node is launched with.
func (s Secrets) HostKey(deployment, node string) ed25519.PrivateKey {
	return s.first.HostKey(deployment, node)
}

// HostKeys are the SSH host keys by which a node may be known, that of HostKey
// first: one or two.
func (s Secrets) HostKeys(deployment, node string) []ed25519.PublicKey {
	var keys []ed25519.PublicKey
	for _, secret := range s.all() {
		keys = append(keys, secret.HostKey(deployment, node).Public().(ed25519.PublicKey))
	}
	return keys
}

// ClientKey is the SSH key that nodes are launched to let in.
func (s Secrets) ClientKey() ed25519.PrivateKey { return s.first.ClientKey() }

// ClientKeys are the SSH keys by which the worker logs in, that of ClientKey
// first: a node lets in only the one that it was launched with.
func (s Secrets) ClientKeys() []ed25519.PrivateKey {
	var keys []ed25519.PrivateKey
	for _, secret := range s.all() {
		keys = append(keys, secret.ClientKey())
	}
	return keys
}

// SealingSecrets are what the keys are made from that sensitive values are sealed
// to, 32 bytes each: values are sealed to the first, and may be sealed to any.
func (s Secrets) SealingSecrets() [][]byte {
	var secrets [][]byte
	for _, secret := range s.all() {
		secrets = append(secrets, secret.SealingSecret())
	}
	return secrets
}

// Token is what a node that is launched now proves itself with when it signals.
func (s Secrets) Token(deployment, node string) string { return s.first.Token(deployment, node) }

// VerifyToken tells whether token is that of the node, made from any of the
// secrets, in a time that depends neither on how much of it is right nor on
// which of them it is.
func (s Secrets) VerifyToken(deployment, node, token string) bool {
	right := false
	for _, secret := range s.all() {
		// Not the other way round: both are always compared.
		right = secret.VerifyToken(deployment, node, token) || right
	}
	return right
}

// Format shows nothing, whatever the verb.
func (s Secrets) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue shows nothing.
func (s Secrets) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText shows nothing, to JSON, YAML and the like.
func (s Secrets) MarshalText() ([]byte, error) { return []byte(redacted), nil }
