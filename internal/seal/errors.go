package seal

import (
	"fmt"

	"aiolos/deploy"
)

// OpenError says why a sealed value cannot be opened. It holds nothing of the
// value.
type OpenError struct{ Problem string }

func (e *OpenError) Error() string { return "open a sealed value: " + e.Problem }

// Kind tells that the same value will not open later either.
func (e *OpenError) Kind() deploy.Kind { return deploy.KindInvalidRequest }

// PublicError says that a text is no public key to seal to.
type PublicError struct {
	// Value is what was found; empty where there is no key at all.
	Value string
}

func (e *PublicError) Error() string {
	value := e.Value
	if len(value) > 80 {
		value = value[:80] + "…"
	}
	return fmt.Sprintf("public key %q: allowed is the worker's, as it prints it: %s and 43 letters, digits, - and _", value, prefix)
}

// Kind tells that it is the key that is wrong.
func (e *PublicError) Kind() deploy.Kind { return deploy.KindInvalidRequest }

// SizeError says that a value is too large to be sealed.
type SizeError struct{ Size int }

func (e *SizeError) Error() string {
	return fmt.Sprintf("a sensitive value has %d bytes: allowed are at most %d", e.Size, MaxPlain)
}

// Kind tells that it is the value that is wrong.
func (e *SizeError) Kind() deploy.Kind { return deploy.KindInvalidRequest }
