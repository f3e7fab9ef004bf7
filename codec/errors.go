package codec

import (
	"fmt"
	"strings"
)

// UnknownKeyError says that a payload was encrypted with a key that is not
// there. It becomes readable as soon as the key is.
type UnknownKeyError struct {
	// KeyID is the key's.
	KeyID string
	// Known are the IDs of the keys that are there, the writer's first; empty where
	// there are none.
	Known []string
}

func (e *UnknownKeyError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("a payload is encrypted with the key %q, and there are no payload keys here", shown(e.KeyID))
	}
	return fmt.Sprintf("a payload is encrypted with the key %q, which is not among the payload keys: %s",
		shown(e.KeyID), strings.Join(e.Known, ", "))
}

// DamagedError says that a payload calls itself encrypted and cannot be opened
// with the key that it names: it was changed, or made by something else.
type DamagedError struct {
	// KeyID is the key's; empty where the payload names none.
	KeyID string
	// Problem is what was found.
	Problem string
}

func (e *DamagedError) Error() string {
	if e.KeyID == "" {
		return "an encrypted payload is damaged: " + e.Problem
	}
	return fmt.Sprintf("a payload encrypted with the key %q is damaged: %s", shown(e.KeyID), e.Problem)
}

// PlainError says that a payload is not encrypted, and a strict codec takes no
// others.
type PlainError struct {
	// Encoding is what the payload calls its own.
	Encoding string
}

func (e *PlainError) Error() string {
	return fmt.Sprintf("a payload is not encrypted (its encoding is %q), and only encrypted ones are allowed", shown(e.Encoding))
}

// maxShown bounds what an error shows of a payload's metadata, in bytes: anybody
// may have written it.
const maxShown = 80

func shown(text string) string {
	if len(text) > maxShown {
		return text[:maxShown] + "…"
	}
	return text
}
