// Package job runs commands on a node that survive whoever started them.
//
// A job runs detached, under a directory of its own, and is followed: its output
// streams while it runs, and its end is told by the kernel, without polling.
// When the follower dies, the next one finds the job by its ID and goes on
// following. However often a job is started, its script runs once.
package job

import (
	"context"
	"time"

	"aiolos/internal/remote"
)

// Dir is the directory on a node under which its jobs have theirs, as an
// absolute path. It is made when it is missing.
type Dir string

// Root is where the jobs of Aiolos are.
const Root Dir = "/var/lib/aiolos/jobs"

// Spec says what a job is.
type Spec struct {
	// ID names the job on its node, for ever: [A-Za-z0-9][A-Za-z0-9._-]{0,199}.
	ID string
	// Tag marks the job's lines in the node's syslog: [A-Za-z0-9][A-Za-z0-9._-]{0,63}.
	Tag string
	// Script is executed as a file, by the interpreter that its #! line names;
	// without such a line, by /bin/sh. Its working directory is "files" in the
	// job's own directory, its umask 022.
	Script []byte
	// Env is added to the script's environment. Names are [A-Za-z_][A-Za-z0-9_]*,
	// values any bytes but NUL. They travel in a file that only root can read,
	// and that is removed once it is read. The names AIOLOS_JOB_DIR and
	// AIOLOS_OUTPUT are taken: the job's directory, and the file to which the
	// script writes its outputs, lines "name=value".
	Env map[string]string
	// Secrets are values that nobody may see in the output: in its place on the
	// node, in the node's syslog and in the Result, *** stands for each of them. Of
	// a value of several lines, each line counts by itself. Lines shorter than
	// MinSecret bytes are shown, and so is whatever a script makes of a value that
	// is not the value itself, such as its base64 text. They travel as Env does;
	// the file with them is removed when the job has ended. Outputs are not masked:
	// they are what a script says on purpose.
	Secrets []string
	// Exclusive is a name under which no two jobs below one Dir run their scripts at
	// the same time: [A-Za-z0-9][A-Za-z0-9._-]{0,199}; empty means that the job runs
	// beside any other. A job that has to wait for its turn says so in a line of its
	// output, and can be stopped. What runs on of a job whose wrapper was killed is
	// killed before the next one begins; daemons that left their process group are
	// not waited for.
	Exclusive string
	// Archive is a tar that is unpacked into "files" with its modes; nil means
	// that the directory is empty. It may hold files, directories and links.
	Archive []byte
}

// Progress is how far a running job's output has been read.
type Progress struct {
	// Offset is how many bytes of output there were.
	Offset int64
	// LastLine is the last line that is not blank, made printable and cut to
	// 200 characters.
	LastLine string
	// Found says that the job was there already.
	Found bool
}

// How much of a job's output a Result keeps, in bytes.
const (
	HeadBytes = 16 << 10
	TailBytes = 48 << 10
)

// Result is how a job ended. An exit code other than 0 is a result, no error.
type Result struct {
	ID string
	// Exit is the script's exit code; 128 and the signal's number when a signal ended it.
	Exit int
	// Head and Tail are the beginning and the end of the output, standard
	// output and standard error as they came: at most HeadBytes and TailBytes.
	// They overlap where the output is short.
	Head, Tail []byte
	// Size is how long the whole output is, in bytes.
	Size int64
	// Outputs are what the script wrote to AIOLOS_OUTPUT; never nil.
	Outputs map[string]string
	// Found says that the job was there already.
	Found bool
	// Seconds is how long the script ran, to a hundredth.
	Seconds float64
	// Full says that the script failed on a node whose disk was full at the end,
	// which may well be why; otherwise nil.
	Full *DiskFullError
}

// Run is Dir.Run in Root.
func Run(ctx context.Context, r remote.Runner, spec Spec, progress func(Progress)) (Result, error) {
	return Root.Run(ctx, r, spec, progress)
}

// Stop is Dir.Stop in Root.
func Stop(ctx context.Context, r remote.Runner, id string, grace time.Duration) error {
	return Root.Stop(ctx, r, id, grace)
}

// Scrub is Dir.Scrub in Root.
func Scrub(ctx context.Context, r remote.Runner, id string) error {
	return Root.Scrub(ctx, r, id)
}

// Prune is Dir.Prune in Root.
func Prune(ctx context.Context, r remote.Runner, olderThan time.Duration, keep int) (int, error) {
	return Root.Prune(ctx, r, olderThan, keep)
}

// ReadFile is Dir.ReadFile in Root.
func ReadFile(ctx context.Context, r remote.Runner, id, name string, limit int) ([]byte, error) {
	return Root.ReadFile(ctx, r, id, name, limit)
}
