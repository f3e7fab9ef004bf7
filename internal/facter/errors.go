package facter

import (
	"bytes"
	"fmt"
	"strings"

	"aiolos/deploy"
)

// NameError says that a fact cannot be asked for by such a name.
type NameError struct{ Problem, Allowed string }

func (e *NameError) Error() string {
	return fmt.Sprintf("facts: %q: allowed is %s", e.Problem, e.Allowed)
}

// Kind tells that it is the request that is wrong.
func (e *NameError) Kind() deploy.Kind { return deploy.KindInvalidRequest }

// SizeError says that the facts asked for are too large to be kept.
type SizeError struct {
	// Size is what they amount to, in bytes of JSON.
	Size int
	// Largest is the name of the largest of them.
	Largest string
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("facts amount to %d bytes, %s to the most of them: allowed are %d; ask for a member of it", e.Size, e.Largest, MaxBytes)
}

// Kind tells that it is the request that asks for too much.
func (e *SizeError) Kind() deploy.Kind { return deploy.KindInvalidRequest }

// OutputError says that facter is installed on the node, but does not answer.
type OutputError struct {
	// Exit is the exit code of our own command; facter's own does not count.
	Exit int
	// Output is what there was in the place of an answer, Stderr what was said beside it.
	Output, Stderr []byte
}

func (e *OutputError) Error() string {
	what := "it says nothing"
	switch {
	case len(e.Output) > maxOutput:
		what = fmt.Sprintf("its output is larger than %d bytes", maxOutput)
	case len(e.Evidence()) > 0:
		what = shorten(e.Evidence()[len(e.Evidence())-1])
	}
	return "facter does not answer: " + what
}

// Kind sorts the failure with those of commands.
func (e *OutputError) Kind() deploy.Kind { return deploy.KindJob }

// Temporary tells that it may be well again later: packages are installed one file
// after the other.
func (e *OutputError) Temporary() bool { return true }

// Evidence shows the last lines of what was said.
func (e *OutputError) Evidence() []string {
	said := bytes.TrimSpace(e.Stderr)
	if len(said) == 0 {
		said = bytes.TrimSpace(e.Output[max(0, len(e.Output)-4096):])
	}
	if len(said) == 0 {
		return nil
	}
	lines := strings.Split(strings.ToValidUTF8(string(said), "\uFFFD"), "\n")
	return lines[max(0, len(lines)-15):]
}

// MissingError says which facts had no value in time.
type MissingError struct {
	Names []string
	// Facter is how facter failed last; nil if it worked.
	Facter *OutputError
	// Cause is why the waiting ended, an error of a context.
	Cause error
}

func (e *MissingError) Error() string {
	message := "no value of the fact " + strings.Join(e.Names, ", ")
	if len(e.Names) > 1 {
		message = "no value of the facts " + strings.Join(e.Names, ", ")
	}
	if e.Facter != nil {
		message += ": " + e.Facter.Error()
	}
	return message
}

// Kind tells that what was awaited did not come in time.
func (e *MissingError) Kind() deploy.Kind { return deploy.KindTimeout }

// Unwrap gives the context's error, by which a cancellation is told from an end of time.
func (e *MissingError) Unwrap() error { return e.Cause }

// Evidence shows what facter said last.
func (e *MissingError) Evidence() []string {
	if e.Facter == nil {
		return nil
	}
	return e.Facter.Evidence()
}
