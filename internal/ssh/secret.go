package ssh

import (
	"fmt"
	"io"
)

// redacted is all that a Secret ever shows of itself.
const redacted = "[secret]"

// Secret is a password or a passphrase. It shows nothing of itself, however it is
// printed, logged or encoded.
type Secret struct {
	// A function, since fmt does not call methods on what sits in unexported fields
	// of other types: of a function it can only print the address.
	value func() []byte
}

// NewSecret keeps a copy of the value.
func NewSecret(value []byte) Secret {
	if len(value) == 0 {
		return Secret{}
	}
	kept := append([]byte(nil), value...)
	return Secret{value: func() []byte { return kept }}
}

func (s Secret) empty() bool { return s.value == nil }

// bytes are not to be changed.
func (s Secret) bytes() []byte {
	if s.value == nil {
		return nil
	}
	return s.value()
}

// Format implements fmt.Formatter for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText implements encoding.TextMarshaler, and so what JSON shows.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
