package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"fmt"
	"io"
)

// keyLabel keeps the key apart from all else that is derived from the worker's
// secret. It never changes its meaning, since running deployments hold values
// that were sealed to the key.
const keyLabel = "aiolos/v1/sealing-key"

const (
	minSecret = 32 // the least number of bytes of a secret to derive a key from
	seedSize  = 32 // what DHKEM(X25519) derives a key pair from
)

// Key opens what was sealed to its public half. It shows nothing of itself,
// however it is printed.
type Key struct {
	private hpke.PrivateKey
	public  Public
}

// New derives the worker's key from a secret of at least 32 random bytes. The
// same secret always gives the same key, so nothing needs to be stored.
func New(secret []byte) (*Key, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("derive a sealing key: the secret has %d bytes; allowed are at least %d", len(secret), minSecret)
	}
	seed, err := hkdf.Key(sha256.New, secret, nil, keyLabel, seedSize)
	if err != nil {
		return nil, fmt.Errorf("derive a sealing key: %w", err)
	}
	private, err := kem().DeriveKeyPair(seed)
	if err != nil {
		return nil, fmt.Errorf("derive a sealing key: %w", err)
	}
	return &Key{private: private, public: Public{key: private.PublicKey()}}, nil
}

// Public is what values are sealed to.
func (k *Key) Public() Public { return k.public }

// Open returns the value that was sealed for the context. Errors are *OpenError.
func (k *Key) Open(context, sealed string) ([]byte, error) {
	b, err := parse(sealed)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(b.id, k.public.id()) {
		return nil, &OpenError{Problem: fmt.Sprintf("it was sealed to the key %x, and this worker has %s", b.id, k.public.ID())}
	}
	padded, err := hpke.Open(k.private, kdf(), aead(), info(context), b.ciphertext)
	if err != nil {
		return nil, &OpenError{Problem: fmt.Sprintf("it was sealed for something else than %q, or was changed since", context)}
	}
	plain, ok := unpad(padded)
	if !ok {
		return nil, &OpenError{Problem: "it was not sealed as this version does it"}
	}
	return plain, nil
}

// Format shows the public ID only, whatever the verb.
func (k *Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "sealing key "+k.public.ID()) }

// MarshalJSON shows the public ID only.
func (k *Key) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `"sealing key %s"`, k.public.ID()), nil
}
