package secretref

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[secret]"

// Value is a secret that was found. It shows nothing of itself, however it is
// printed, logged or encoded.
type Value struct {
	// A function, since fmt follows pointers in unexported fields of other types,
	// without calling methods.
	bytes func() []byte
}

func value(b []byte) Value { return Value{bytes: func() []byte { return b }} }

// Bytes is the secret itself, of 1 to MaxSize bytes; nothing of a zero Value.
func (v Value) Bytes() []byte {
	if v.bytes == nil {
		return nil
	}
	return v.bytes()
}

// Format shows nothing, whatever the verb.
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue shows nothing.
func (v Value) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText shows nothing, to JSON, YAML and the like.
func (v Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }
