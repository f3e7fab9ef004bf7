package trust

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// maxFile bounds what is read of a secret's file, in bytes.
const maxFile = 4096

// FileError says what is wrong with the file of a secret. It never holds any of
// the file's content.
type FileError struct {
	Path string
	// Problem is what was found, or what was tried.
	Problem string
	// Allowed says what would be right; empty where nothing is wrong with the file itself.
	Allowed string
	Err     error
}

func (e *FileError) Error() string {
	message := fmt.Sprintf("secret file %s: %s", e.Path, e.Problem)
	if e.Err != nil {
		// The path stands there already.
		cause := e.Err
		var path *os.PathError
		if errors.As(cause, &path) {
			cause = path.Err
		}
		message += ": " + cause.Error()
	}
	if e.Allowed != "" {
		message += "; allowed is " + e.Allowed
	}
	return message
}

func (e *FileError) Unwrap() error { return e.Err }

const (
	allowedContent = "one line: the hex or base64 text of at least 32 random bytes"
	allowedMode    = "a regular file that only its owner can access (mode 0600 or 0400)"
)

// Read reads a secret from a file that holds one line: hex or base64 of at least
// 32 bytes. A file that group or others may access is refused, as what it holds
// may be known to them. Errors are of type *FileError.
func Read(path string) (Secret, error) {
	text, err := ReadFile(path, maxFile)
	if err != nil {
		return Secret{}, err
	}
	key, problem := parse(text)
	if problem != "" {
		return Secret{}, &FileError{Path: path, Problem: problem, Allowed: allowedContent}
	}
	return secret(key), nil
}

// ReadFile reads a file that holds something secret, of at most limit bytes. A
// file that group or others may access is refused, as what it holds may be known
// to them. Errors are of type *FileError.
func ReadFile(path string, limit int) ([]byte, error) {
	// Without blocking, in case it is a pipe that nobody writes to.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) //nolint:gosec // the operator names it
	if err != nil {
		return nil, &FileError{Path: path, Problem: "open", Err: err}
	}
	defer f.Close()
	stat, err := f.Stat()
	switch {
	case err != nil:
		return nil, &FileError{Path: path, Problem: "stat", Err: err}
	case !stat.Mode().IsRegular():
		return nil, &FileError{Path: path, Problem: "it is no regular file", Allowed: allowedMode}
	case stat.Mode().Perm()&0o077 != 0:
		problem := fmt.Sprintf("its mode is %04o, so group or others may access it", stat.Mode().Perm())
		return nil, &FileError{Path: path, Problem: problem, Allowed: allowedMode}
	}
	text, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	switch {
	case err != nil:
		return nil, &FileError{Path: path, Problem: "read", Err: err}
	case len(text) > limit:
		problem := fmt.Sprintf("it is larger than %d bytes", limit)
		return nil, &FileError{Path: path, Problem: problem, Allowed: fmt.Sprintf("at most %d bytes", limit)}
	}
	return text, nil
}

// TextError says what is wrong with the text of a secret that comes from
// elsewhere than a file. It never holds any of the text.
type TextError struct{ Problem, Allowed string }

func (e *TextError) Error() string { return "a secret: " + e.Problem + "; allowed is " + e.Allowed }

// Parse reads a secret from text as Read takes it from a file. Errors are of type
// *TextError.
func Parse(text []byte) (Secret, error) {
	key, problem := parse(text)
	if problem != "" {
		return Secret{}, &TextError{Problem: problem, Allowed: allowedContent}
	}
	return secret(key), nil
}

// parse reads a secret's text. A problem never quotes any of it.
func parse(text []byte) (key []byte, problem string) {
	if len(text) > maxFile {
		return nil, fmt.Sprintf("it is larger than %d bytes", maxFile)
	}
	line := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	switch {
	case line == "":
		return nil, "it is empty"
	case strings.ContainsAny(line, "\r\n"):
		return nil, "it has more than one line"
	}
	key, ok := decode(line)
	switch {
	case !ok:
		return nil, "its text is neither hex nor base64"
	case len(key) < Size:
		return nil, fmt.Sprintf("its text holds %d bytes", len(key))
	}
	return key, ""
}

// decode tries hex first: all hex is base64 too, the other way round hardly ever.
func decode(line string) ([]byte, bool) {
	if key, err := hex.DecodeString(line); err == nil {
		return key, true
	}
	for _, encoding := range []*base64.Encoding{
		base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding,
	} {
		if key, err := encoding.Strict().DecodeString(line); err == nil {
			return key, true
		}
	}
	return nil, false
}

// Write stores the secret as hex in a new file with mode 0600. It never replaces
// a file: running nodes can only be reached with the secret that they were
// launched with. A file that exists gives an error that is fs.ErrExist.
func (s Secret) Write(path string) error {
	if s.key == nil {
		return &FileError{Path: path, Problem: "there is no secret to write"}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return &FileError{Path: path, Problem: "create", Err: err}
	}
	_, err = f.WriteString(hex.EncodeToString(s.key()) + "\n")
	if err == nil {
		// A crash must not leave a half-written secret that nodes are launched with.
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return &FileError{Path: path, Problem: "write", Err: errors.Join(err, os.Remove(path))}
	}
	return nil
}
