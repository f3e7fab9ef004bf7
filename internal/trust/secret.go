// Package trust holds the worker's one secret, and everything that is derived
// from it: the SSH host key and the signal token of each node, and the worker's
// own SSH key. What can be derived again need not be stored, and a node's key is
// known before the node exists. While one secret takes another's place, Secrets
// holds both.
package trust

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
)

// Size is the least number of bytes of a secret, and the number that New makes.
const Size = 32

// redacted is all that a Secret ever shows of itself.
const redacted = "[secret]"

// Secret is the worker's one secret. It shows nothing of itself, however it is
// printed, logged or encoded. Only New, Read and Parse make one; a zero Secret derives
// nothing and panics when asked to.
type Secret struct {
	// A function, since fmt does not call methods on what sits in unexported
	// fields of other types, and follows pointers there: of a function it can
	// only print the address.
	key func() []byte
}

func secret(key []byte) Secret { return Secret{key: func() []byte { return key }} }

// New makes a secret of Size random bytes.
func New() (Secret, error) {
	key := make([]byte, Size)
	if _, err := rand.Read(key); err != nil {
		return Secret{}, fmt.Errorf("make a secret: %w", err)
	}
	return secret(key), nil
}

// String shows nothing.
func (s Secret) String() string { return redacted }

// GoString shows nothing.
func (s Secret) GoString() string { return redacted }

// Format shows nothing, whatever the verb: fmt would print the fields for those
// that do not ask for a string, such as %d.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue shows nothing.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON shows nothing.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText shows nothing, to YAML and the like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
