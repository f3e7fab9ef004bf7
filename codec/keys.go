package codec

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
)

// KeySize is the number of bytes of a key, that of AES-256.
const KeySize = 32

// Keys are the keys that payloads are encrypted with: the first one writes, all
// can read. It shows the IDs of its keys and nothing else, however it is printed.
// Only ParseKeys and ReadKeys make one. It can be used by several goroutines.
type Keys struct {
	// ids are in the order of the file.
	ids  []string
	aead map[string]cipher.AEAD
}

// Writer is the ID of the key that encrypts.
func (k *Keys) Writer() string { return k.ids[0] }

// IDs are those of all keys, the writer's first.
func (k *Keys) IDs() []string { return append([]string(nil), k.ids...) }

// add takes up a key of KeySize bytes.
func (k *Keys) add(id string, key []byte) error {
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	// Each message gets a random nonce, which is put before it. 2^32 messages a key
	// are the bound for that (SP 800-38D, 8.3), far more than histories hold.
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return err
	}
	if k.aead == nil {
		k.aead = map[string]cipher.AEAD{}
	}
	k.ids, k.aead[id] = append(k.ids, id), aead
	return nil
}

// NewKeyLine makes a key of random bytes and returns it as a line of a keys file,
// with its line end. An ID that is not allowed gives a *KeysError.
func NewKeyLine(id string) (string, error) {
	if !keyID.MatchString(id) {
		return "", &KeysError{Problem: fmt.Sprintf("%q is no key ID", id), Allowed: allowedID}
	}
	key := make([]byte, KeySize)
	if _, err := rand.Read(key); err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	return id + " " + base64.StdEncoding.EncodeToString(key) + "\n", nil
}

// String shows the IDs.
func (k *Keys) String() string { return fmt.Sprintf("payload keys %v", k.ids) }

// Format shows the IDs, whatever the verb.
func (k *Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// LogValue shows the IDs.
func (k *Keys) LogValue() slog.Value { return slog.StringValue(k.String()) }
