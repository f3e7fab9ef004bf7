package gluster

import (
	"fmt"
	"strings"

	"aiolos/deploy"
)

// CommandError is a gluster command that failed.
type CommandError struct {
	// Node is where the command ran, if that was said.
	Node string
	// Op is the command without its long arguments: "volume create vol01".
	Op string
	// Errno is gluster's opErrno. It tells little: most failures have 30800
	// ("internal error"), some 0, and only a few a code of their own.
	Errno int
	// Message is what gluster itself said.
	Message string
	// Hint says what may be behind it; often empty.
	Hint string
	// Detail is what was found when the cause was looked for.
	Detail    []string
	temporary bool
}

func (e *CommandError) Error() string {
	var b strings.Builder
	if e.Node != "" {
		b.WriteString(e.Node + ": ")
	}
	b.WriteString("gluster " + e.Op + ": " + e.Message)
	if e.Errno != 0 {
		fmt.Fprintf(&b, " (gluster's error %d)", e.Errno)
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Kind says what sort of failure it is.
func (e *CommandError) Kind() deploy.Kind { return deploy.KindGluster }

// Evidence is what was found when the cause was looked for.
func (e *CommandError) Evidence() []string { return e.Detail }

// Temporary says that the same may succeed later. By its code gluster tells this
// only of another transaction in progress; see reply.busy. For a refused change with a code that
// tells nothing the state is looked at: a pool that is not whole at the moment,
// or a volume that changed meanwhile, make it temporary too. Else it is final,
// though gluster's prose may say otherwise.
func (e *CommandError) Temporary() bool { return e.temporary }

// ConflictError is a volume that exists with another definition than is wanted.
type ConflictError struct {
	Volume string
	// Have and Want are both definitions.
	Have, Want string
	// Reason says in what they conflict.
	Reason string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("volume %s exists with another definition: %s\n  it is:     %s\n  wanted is: %s", e.Volume, e.Reason, e.Have, e.Want)
}

// Kind says what sort of failure it is.
func (e *ConflictError) Kind() deploy.Kind { return deploy.KindConflict }

// WaitError is a wait that the context ended.
type WaitError struct {
	// What was waited for.
	What string
	// Missing is what was still missing when it was looked at last.
	Missing []string
	// Err is why the context ended.
	Err error
}

func (e *WaitError) Error() string {
	return fmt.Sprintf("waiting for %s: %v; still missing: %s", e.What, e.Err, summary(e.Missing))
}

func (e *WaitError) Unwrap() error { return e.Err }

// Kind says what sort of failure it is.
func (e *WaitError) Kind() deploy.Kind { return deploy.KindTimeout }

// Temporary is false: what was awaited was awaited long enough. It has to be
// said, as the context's own error, which this wraps, says otherwise.
func (e *WaitError) Temporary() bool { return false }

// Evidence is all that was missing.
func (e *WaitError) Evidence() []string { return e.Missing }

// summary shows the first few of many lines.
func summary(lines []string) string {
	const few = 3
	switch n := len(lines); {
	case n == 0:
		return "not known"
	case n <= few:
		return strings.Join(lines, "; ")
	default:
		return fmt.Sprintf("%s; and %d more", strings.Join(lines[:few], "; "), n-few)
	}
}

// LeftoverError is a change that failed, perhaps because of bricks that an earlier
// attempt had marked for a volume that never came to be. These have been freed.
type LeftoverError struct {
	Bricks []string
	Err    error
}

func (e *LeftoverError) Error() string {
	return fmt.Sprintf("%v; freed for another attempt: %s", e.Err, summary(e.Bricks))
}

func (e *LeftoverError) Unwrap() error { return e.Err }

// Kind says what sort of failure it is.
func (e *LeftoverError) Kind() deploy.Kind { return deploy.KindGluster }

// Temporary is true: what may have been in the way is not there any more.
func (e *LeftoverError) Temporary() bool { return true }
