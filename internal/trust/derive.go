package trust

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// Labels keep what is derived for one use apart from all other uses. A label
// never changes its meaning: another way to derive gets another version, since
// running nodes keep the keys that they were launched with.
const (
	hostKeyLabel   = "aiolos/v1/ssh-host-key"
	clientKeyLabel = "aiolos/v1/ssh-client-key"
	sealingLabel   = "aiolos/v1/sealing"
	sameLabel      = "aiolos/v1/same"
	tokenLabel     = "aiolos/v1/signal-token" //nolint:gosec // a label, no credential
)

// HostKey is the SSH host key of a node.
func (s Secret) HostKey(deployment, node string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(s.derive(hostKeyLabel, deployment, node))
}

// ClientKey is the SSH key by which the worker logs in to nodes.
func (s Secret) ClientKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(s.derive(clientKeyLabel))
}

// SealingSecret is what the key is made from that sensitive values are sealed
// to: 32 bytes.
func (s Secret) SealingSecret() []byte { return s.derive(sealingLabel) }

// Token is what a node proves itself with when it signals: 32 bytes in
// base64url without padding.
func (s Secret) Token(deployment, node string) string {
	return base64.RawURLEncoding.EncodeToString(s.derive(tokenLabel, deployment, node))
}

// VerifyToken tells whether token is that of the node, in a time that does not
// depend on how much of it is right.
func (s Secret) VerifyToken(deployment, node, token string) bool {
	want := s.Token(deployment, node)
	return subtle.ConstantTimeCompare([]byte(want), []byte(token)) == 1
}

// derived is how many bytes are derived for every use; it is what the seed of an
// Ed25519 key has.
const derived = ed25519.SeedSize

// derive is HKDF-SHA256 (RFC 5869) without salt over the label and the parts.
func (s Secret) derive(label string, parts ...string) []byte {
	if s.key == nil {
		panic("trust: a zero Secret derives nothing")
	}
	out, err := hkdf.Key(sha256.New, s.key(), nil, info(label, parts...), derived)
	if err != nil {
		// Only sizes beyond 255 hashes are refused.
		panic(fmt.Sprintf("trust: derive %s: %v", label, err))
	}
	return out
}

// info joins the label and the parts, each behind its length in 4 bytes
// (big-endian), so that no two lists ever give the same bytes.
func info(label string, parts ...string) string {
	var b []byte
	for _, part := range append([]string{label}, parts...) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part))) //nolint:gosec // a name
		b = append(b, part...)
	}
	return string(b)
}
