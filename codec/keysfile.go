package codec

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"aiolos/internal/trust"
)

// Bounds of a keys file.
const (
	// MaxKeys is how many keys a file may have.
	MaxKeys = 100
	// maxFile is the size of a file in bytes; it leaves room for comments.
	maxFile = 64 << 10
)

// keyID is what a key may be called. It is shorter than any key is in base64 or
// hex: who swaps the two columns must not see the key in each payload.
var keyID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)

const (
	allowedID   = "at most 32 letters, digits, '_', '.' and '-', the first a letter or digit"
	allowedLine = "ID BASE64KEY, with an ID of " + allowedID + ", and the base64 text of 32 random bytes"
)

// KeysError says what is wrong with the text of keys. It never holds any of it,
// since a key may stand where an ID should.
type KeysError struct {
	// Path is the file; empty where the text is of none.
	Path string
	// Line counts from 1; 0 where it is no line that is wrong.
	Line int
	// Problem is what was found, Allowed what would be right.
	Problem, Allowed string
}

func (e *KeysError) Error() string {
	message := "payload keys"
	if e.Path != "" {
		message += " in " + e.Path
	}
	if e.Line > 0 {
		message += fmt.Sprintf(", line %d", e.Line)
	}
	return message + ": " + e.Problem + "; allowed is " + e.Allowed
}

// ReadKeys reads a keys file as ParseKeys does its text. A file that group or
// others may access is refused. Errors are *KeysError and *trust.FileError.
func ReadKeys(path string) (*Keys, error) {
	text, err := trust.ReadFile(path, maxFile)
	if err != nil {
		return nil, err
	}
	keys, err := ParseKeys(text)
	var wrong *KeysError
	if errors.As(err, &wrong) {
		wrong.Path = path
	}
	return keys, err
}

// ParseKeys reads keys, a line each: ID, blanks, and the base64 of 32 bytes. The
// first is the writer. Empty lines and lines that begin with # are passed over.
// Errors are of type *KeysError.
func ParseKeys(text []byte) (*Keys, error) {
	if len(text) > maxFile {
		return nil, &KeysError{
			Problem: fmt.Sprintf("there are %d bytes", len(text)), Allowed: fmt.Sprintf("at most %d", maxFile),
		}
	}
	keys, ids, values := &Keys{}, map[string]int{}, map[string]int{}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.Trim(line, " \t\r")
		if line == "" || line[0] == '#' {
			continue
		}
		n := i + 1
		id, key, problem := parseLine(line)
		switch {
		case problem != "":
			return nil, &KeysError{Line: n, Problem: problem, Allowed: allowedLine}
		case ids[id] > 0:
			return nil, &KeysError{Line: n, Problem: fmt.Sprintf("it has the ID of line %d", ids[id]), Allowed: "each ID once"}
		case values[string(key)] > 0:
			return nil, &KeysError{Line: n, Problem: fmt.Sprintf("it has the key of line %d", values[string(key)]), Allowed: "each key once"}
		case len(keys.ids) == MaxKeys:
			return nil, &KeysError{Line: n, Problem: "it is one key too many", Allowed: fmt.Sprintf("at most %d keys", MaxKeys)}
		}
		ids[id], values[string(key)] = n, n
		if err := keys.add(id, key); err != nil {
			return nil, &KeysError{Line: n, Problem: err.Error(), Allowed: allowedLine}
		}
	}
	if len(keys.ids) == 0 {
		return nil, &KeysError{Problem: "there are none", Allowed: "one line a key, the first the one that encrypts: " + allowedLine}
	}
	return keys, nil
}

// parseLine reads a line that is neither empty nor a comment. A problem never
// quotes any of it.
func parseLine(line string) (id string, key []byte, problem string) {
	fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	switch {
	case len(fields) != 2:
		return "", nil, fmt.Sprintf("words: %d", len(fields))
	case !keyID.MatchString(fields[0]):
		return "", nil, "its first word is no ID"
	}
	for _, encoding := range []*base64.Encoding{
		base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding,
	} {
		key, err := encoding.Strict().DecodeString(fields[1])
		switch {
		case err != nil:
			continue
		case len(key) != KeySize:
			return "", nil, fmt.Sprintf("its key has %d bytes", len(key))
		}
		return fields[0], key, ""
	}
	return "", nil, "its second word is not base64"
}
