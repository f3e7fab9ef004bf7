package job

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"maps"
)

var (
	idPattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$`)
	tagPattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	envPattern  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	filePattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$`)
)

// Linux refuses to execute a program with a longer "NAME=value" than 128 KiB,
// or with more than a few megabytes of them; the job should not be the one to
// find out.
const (
	maxVariable    = 128<<10 - 2
	maxEnvironment = 1 << 20
	maxSecrets     = 1 << 20
)

// ours are set by the job itself.
var ours = []string{"AIOLOS_JOB_DIR", "AIOLOS_OUTPUT"}

// readOnly cannot be set where sh is bash.
var readOnly = []string{"BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"}

func (s Spec) check() error {
	if err := checkID(s.ID); err != nil {
		return err
	}
	if !tagPattern.MatchString(s.Tag) {
		return &SpecError{Field: "tag", Value: s.Tag, Allowed: "letters, digits, and . _ - after the first of them, at most 64"}
	}
	if s.Exclusive != "" && !idPattern.MatchString(s.Exclusive) {
		return &SpecError{Field: "exclusive", Value: s.Exclusive, Allowed: "empty, or letters, digits, and . _ - after the first of them, at most 200"}
	}
	if bytes.IndexByte(s.Script, 0) >= 0 && !bytes.HasPrefix(s.Script, []byte("#!")) {
		return &SpecError{Field: "script", Allowed: "text without NUL bytes, or a #! line"}
	}
	total := 0
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		if err := checkVariable(name, s.Env[name]); err != nil {
			return err
		}
		total += len(name) + len(s.Env[name]) + 2
	}
	if total > maxEnvironment {
		return &SpecError{Field: "env", Value: fmt.Sprintf("%d bytes", total), Allowed: fmt.Sprintf("at most %d bytes in all", maxEnvironment)}
	}
	if size := len(strings.Join(s.Secrets, "")); size > maxSecrets {
		return &SpecError{Field: "secrets", Value: fmt.Sprintf("%d bytes", size), Allowed: fmt.Sprintf("at most %d bytes in all", maxSecrets)}
	}
	return nil
}

func checkID(id string) error {
	if !idPattern.MatchString(id) {
		return &SpecError{Field: "id", Value: id, Allowed: "letters, digits, and . _ - after the first of them, at most 200"}
	}
	return nil
}

func checkVariable(name, value string) error {
	field := "env." + name
	switch {
	case !envPattern.MatchString(name):
		return &SpecError{Field: "env", Value: name, Allowed: "a name of letters, digits and _, not beginning with a digit"}
	case slices.Contains(ours, name):
		return &SpecError{Field: field, Allowed: "another name: this one is set by the job"}
	case slices.Contains(readOnly, name):
		return &SpecError{Field: field, Allowed: "another name: shells do not let this one be set"}
	case strings.IndexByte(value, 0) >= 0:
		return &SpecError{Field: field, Allowed: "a value without NUL bytes"}
	case len(name)+len(value) > maxVariable:
		return &SpecError{Field: field, Allowed: fmt.Sprintf("name and value of at most %d bytes", maxVariable)}
	}
	return nil
}
