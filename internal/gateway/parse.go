package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"
)

// FieldError says which field of a signal is wrong. It never holds the value.
type FieldError struct {
	// Field is "body", or a field of it.
	Field string
	// Allowed says what would have been right.
	Allowed string
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: allowed is %s", e.Field, e.Allowed) }

const maxValue = 4096

var namePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,63}$`)

// parse reads the body of a signal: an object with exactly the four fields, each
// once, each a string. json.Unmarshal would take a field twice, in any case, or
// absent.
func parse(body []byte) (Signal, error) {
	wrong := &FieldError{Field: "body", Allowed: `a JSON object with "deployment", "node", "name" and "value"`}
	if !utf8.Valid(body) {
		return Signal{}, &FieldError{Field: "body", Allowed: "UTF-8"}
	}
	var s Signal
	fields := map[string]*string{"deployment": &s.Deployment, "node": &s.Node, "name": &s.Name, "value": &s.Value}
	seen := map[string]bool{}
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return Signal{}, wrong
	}
	for d.More() {
		t, err := d.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return Signal{}, wrong
		}
		to, known := fields[key]
		switch {
		case !known:
			return Signal{}, &FieldError{Field: shortened(key), Allowed: `only "deployment", "node", "name" and "value"`}
		case seen[key]:
			return Signal{}, &FieldError{Field: key, Allowed: "to be given once"}
		}
		seen[key] = true
		if t, err = d.Token(); err != nil {
			return Signal{}, wrong
		}
		if *to, ok = t.(string); !ok {
			return Signal{}, &FieldError{Field: key, Allowed: "a string"}
		}
	}
	if _, err := d.Token(); err != nil {
		return Signal{}, wrong
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Signal{}, wrong
	}
	for _, key := range []string{"deployment", "node", "name", "value"} {
		if !seen[key] {
			return Signal{}, &FieldError{Field: key, Allowed: "a string; it is missing"}
		}
	}
	return s, nil
}

// check looks at what the node says, rather than at who it is.
func (s Signal) check() error {
	if !namePattern.MatchString(s.Name) {
		return &FieldError{Field: "name", Allowed: "letters, digits and _ . - after a letter, at most 64"}
	}
	if len(s.Value) > maxValue {
		return &FieldError{Field: "value", Allowed: fmt.Sprintf("at most %d bytes", maxValue)}
	}
	return nil
}

// shortened keeps a stranger's key from filling the answer.
func shortened(key string) string {
	if runes := []rune(key); len(runes) > 64 {
		return string(runes[:64])
	}
	return key
}
