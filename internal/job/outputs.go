package job

import (
	"bytes"
	"fmt"
	"regexp"
	"unicode/utf8"
)

// maxOutputs bounds the outputs of one job, in bytes. They become facts, and
// facts stand in the history.
const maxOutputs = 64 << 10

var outputPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,63}$`)

// parseOutputs reads lines "name=value"; the later of two of one name wins.
// Blank lines mean nothing. The result is never nil, and holds the good lines
// even if there is an error, which is an *OutputError about the first bad one.
func parseOutputs(text []byte) (map[string]string, error) {
	outputs := map[string]string{}
	if len(text) > maxOutputs {
		return outputs, &OutputError{Allowed: fmt.Sprintf("at most %d bytes", maxOutputs)}
	}
	var first error
	n := 0
	for line := range bytes.Lines(text) {
		n++
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		name, value, found := bytes.Cut(line, []byte("="))
		allowed := ""
		switch {
		case !found:
			allowed = "name=value"
		case !outputPattern.Match(name):
			allowed = "a name of letters, digits and _ . - after a letter, at most 64"
		case !utf8.Valid(value):
			allowed = "a value in UTF-8"
		default:
			outputs[string(name)] = string(value)
			continue
		}
		if first == nil {
			first = &OutputError{Line: n, Name: string(name), Allowed: allowed}
		}
	}
	return outputs, first
}
