package job

import (
	"fmt"
	"io/fs"
	"strings"
	"time"

	"aiolos/deploy"
)

// SpecError says what is wrong with a job before anything of it reached the
// node. It never holds a value of the environment.
type SpecError struct {
	// Field is for example "id" or "env.HOME".
	Field string
	// Value is what was found, where it may be shown.
	Value string
	// Allowed says what would have been right.
	Allowed string
}

func (e *SpecError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("job: %s: allowed is %s", e.Field, e.Allowed)
	}
	return fmt.Sprintf("job: %s is %q: allowed is %s", e.Field, e.Value, e.Allowed)
}

// Kind tells that asking for the same job again is of no use.
func (e *SpecError) Kind() deploy.Kind { return deploy.KindInvalidRequest }

// NodeError says that the node could not do what a job needs done around its
// script: a full disk, a missing tool.
type NodeError struct {
	ID string
	// Doing is what was tried: "start", "stop", "scrub", "prune", "read".
	Doing string
	// Exit is the exit code of our own commands.
	Exit int
	// Output is what they said.
	Output []byte
}

func (e *NodeError) Error() string {
	what := "no words"
	if lines := LastLines(e.Output); len(lines) > 0 {
		what = lines[len(lines)-1]
	}
	return fmt.Sprintf("%s job %s: %s (exit code %d)", e.Doing, e.ID, what, e.Exit)
}

// Evidence shows what the node said.
func (e *NodeError) Evidence() []string { return LastLines(e.Output) }

// LostError says that a job was started and is gone without an exit code. It
// will not be started again under its ID, since nobody knows how far it came.
type LostError struct {
	ID string
	// Rebooted says that the node has booted since; otherwise the process that
	// looked after the job was killed, and what it left was killed now.
	Rebooted bool
	// Booted is when it did, to the second; zero where it has not.
	Booted time.Time
	// Tail is the end of its output, at most TailBytes.
	Tail []byte
}

func (e *LostError) Error() string {
	if e.Rebooted {
		return fmt.Sprintf("job %s is lost: the node has rebooted since it was started, at %s", e.ID, e.Booted.Format(time.DateTime+" MST"))
	}
	return fmt.Sprintf("job %s is lost: it was killed before it could leave an exit code", e.ID)
}

// Kind tells that the job is lost.
func (e *LostError) Kind() deploy.Kind { return deploy.KindJobLost }

// Evidence shows the end of the job's output.
func (e *LostError) Evidence() []string { return LastLines(e.Tail) }

// OutputError says that a script wrote something to AIOLOS_OUTPUT that is no output.
type OutputError struct {
	// Line counts from 1; 0 means the file as a whole.
	Line int
	// Name is what stands before the "=".
	Name string
	// Allowed says what would have been right.
	Allowed string
}

func (e *OutputError) Error() string {
	if e.Line == 0 {
		return "outputs of the job: allowed are " + e.Allowed
	}
	return fmt.Sprintf("outputs of the job, line %d: %q: allowed is %s", e.Line, e.Name[:min(len(e.Name), 64)], e.Allowed)
}

// Kind tells that it is the step's command that is at fault.
func (e *OutputError) Kind() deploy.Kind { return deploy.KindJob }

// FileError says that a file of a job cannot be had.
type FileError struct {
	ID, Name string
	// Limit is the size that the file exceeds, in bytes; 0 means that there is no such file.
	Limit int
}

func (e *FileError) Error() string {
	if e.Limit > 0 {
		return fmt.Sprintf("file %s of job %s has more than %d bytes", e.Name, e.ID, e.Limit)
	}
	return fmt.Sprintf("job %s has no file %s", e.ID, e.Name)
}

// Is makes a missing file fs.ErrNotExist.
func (e *FileError) Is(target error) bool { return e.Limit == 0 && target == fs.ErrNotExist }

// ProtocolError says that the node's answer was not what our own command prints.
type ProtocolError struct {
	ID string
	// Answer is the part that was not understood.
	Answer []byte
	// Stderr is what the command said beside it.
	Stderr []byte
}

func (e *ProtocolError) Error() string {
	return fmt.Sprintf("job %s: the node's answer ends unexpectedly with %q", e.ID, e.Answer)
}

// Evidence shows what the command said beside it.
func (e *ProtocolError) Evidence() []string { return LastLines(e.Stderr) }

// EvidenceLines bounds how much of an output an error shows.
const EvidenceLines = 15

// LastLines returns the end of an output as evidence: at most EvidenceLines, nil
// for an empty one.
func LastLines(output []byte) []string {
	text := strings.ToValidUTF8(strings.TrimSpace(string(output)), "\uFFFD")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	return lines[max(0, len(lines)-EvidenceLines):]
}
