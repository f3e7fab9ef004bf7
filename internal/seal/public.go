package seal

import (
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"aiolos/deploy"
)

// Public is the worker's public key. The zero value seals nothing.
type Public struct{ key hpke.PublicKey }

// prefix tells a public key from other text.
const prefix = "aiolos-seal-1:"

// ParsePublic reads what String wrote. Errors are *PublicError.
func ParsePublic(text string) (Public, error) {
	encoded, found := strings.CutPrefix(text, prefix)
	if !found || len(encoded) > 2*encSize {
		return Public{}, &PublicError{Value: text}
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return Public{}, &PublicError{Value: text}
	}
	key, err := kem().NewPublicKey(b)
	if err != nil {
		return Public{}, &PublicError{Value: text}
	}
	// Some points are no keys, which only shows when they are used.
	if _, _, err := hpke.NewSender(key, kdf(), aead(), nil); err != nil {
		return Public{}, &PublicError{Value: text}
	}
	public := Public{key: key}
	if public.String() != text {
		return Public{}, &PublicError{Value: text} // base64 passes over line breaks
	}
	return public, nil
}

// String is the key as one word.
func (p Public) String() string {
	if p.key == nil {
		return ""
	}
	return prefix + base64.RawURLEncoding.EncodeToString(p.key.Bytes())
}

// ID is a short name of the key, as it stands in what is sealed to it.
func (p Public) ID() string {
	if p.key == nil {
		return ""
	}
	return hex.EncodeToString(p.id())
}

func (p Public) id() []byte {
	sum := sha256.Sum256([]byte("aiolos/v1/sealing-key-id " + p.String()))
	return sum[:idSize]
}

// Seal encrypts a value of at most MaxPlain bytes, such that only the key's
// worker can open it, and only for the same context.
func (p Public) Seal(context string, plain []byte) (string, error) {
	if p.key == nil {
		return "", &PublicError{}
	}
	if len(plain) > MaxPlain {
		return "", &SizeError{Size: len(plain)}
	}
	ciphertext, err := hpke.Seal(p.key, kdf(), aead(), info(context), pad(plain))
	if err != nil {
		return "", fmt.Errorf("seal a value to the key %s: %w", p.ID(), err)
	}
	b := append([]byte{version}, p.id()...)
	return deploy.Sealed(base64.RawURLEncoding.EncodeToString(append(b, ciphertext...))), nil
}
