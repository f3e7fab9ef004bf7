package secretref

import "fmt"

// FormatError says that a field of the configuration holds no reference. It never
// holds any of what was there, which may be a secret.
type FormatError struct {
	// Field is the field's path in the configuration.
	Field string
	// Problem is what was found, without any of its text.
	Problem string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("%s: %s; allowed are references: %s", e.Field, e.Problem, allowed)
}

// Error says why the secret that a reference stands for is not there. It never
// holds any of the secret.
type Error struct {
	// Field is the field's path in the configuration; Reference is what it holds.
	Field, Reference string
	// Problem is what was found, or what was tried.
	Problem string
	// Allowed says what would be right; empty where only Err tells.
	Allowed string
	Err     error
}

func (e *Error) Error() string {
	message := fmt.Sprintf("%s (%s): %s", e.Field, e.Reference, e.Problem)
	if e.Err != nil {
		message += ": " + e.Err.Error()
	}
	if e.Allowed != "" {
		message += "; allowed is " + e.Allowed
	}
	return message
}

func (e *Error) Unwrap() error { return e.Err }
