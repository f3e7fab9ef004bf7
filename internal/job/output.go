package job

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"aiolos/internal/remote"
)

var (
	//go:embed list.sh
	listScript string
	//go:embed output.sh
	outputScript string
)

// Listed is a job that is on a node.
type Listed struct {
	ID string
	// Running says that it has not ended. Ended says that it left an exit code; one
	// that does neither is lost.
	Running, Ended bool
	// Exit is the exit code where it ended; -1 where it did not come to run.
	Exit int
	// Started is when it was, to the second, by the node's clock.
	Started time.Time
}

// List returns the jobs whose IDs begin with a prefix, which is itself an ID, the
// first started first.
func (d Dir) List(ctx context.Context, r remote.Runner, prefix string) ([]Listed, error) {
	if err := checkID(prefix); err != nil {
		return nil, err
	}
	done, err := d.do(ctx, r, "list", prefix, listScript, prefix)
	if err != nil {
		return nil, err
	}
	var all []Listed
	for line := range strings.Lines(string(done.Stdout)) {
		words := strings.Fields(line)
		const wanted = 4
		if len(words) != wanted || checkID(words[0]) != nil {
			return nil, &ProtocolError{ID: prefix, Answer: done.Stdout, Stderr: done.Stderr}
		}
		seconds, err := strconv.ParseInt(words[3], 10, 64)
		if err != nil {
			return nil, &ProtocolError{ID: prefix, Answer: done.Stdout, Stderr: done.Stderr}
		}
		l := Listed{ID: words[0], Running: words[1] == "running", Ended: words[1] == "ended", Exit: -1, Started: time.Unix(seconds, 0).UTC()}
		if code, err := strconv.Atoi(words[2]); err == nil {
			l.Exit = code
		}
		all = append(all, l)
	}
	return all, nil
}

// Piece is a piece of a job's output.
type Piece struct {
	Text []byte
	// Size is how long the output was, in bytes.
	Size int64
	// Ended says that nothing comes after Size.
	Ended bool
}

// lookEvery is how often output.sh looks whether there is output.
const lookEvery = 200 * time.Millisecond

// Output returns what a job has printed from an offset on, at most limit bytes,
// with its secrets masked, as the node keeps nothing else. Where there is nothing yet, it waits for some, for wait
// at most. A *FileError that is fs.ErrNotExist says that there is no such job.
func (d Dir) Output(ctx context.Context, r remote.Runner, id string, offset int64, limit int, wait time.Duration) (Piece, error) {
	if err := checkID(id); err != nil {
		return Piece{}, err
	}
	done, err := d.do(ctx, r, "read", id, outputScript, id,
		strconv.FormatInt(max(0, offset), 10), strconv.Itoa(limit), strconv.Itoa(int(wait/lookEvery)))
	switch {
	case err != nil:
		return Piece{}, err
	case done.Exit == exitMissing:
		return Piece{}, &FileError{ID: id, Name: "output"}
	}
	head, text, _ := bytes.Cut(done.Stdout, []byte("\n"))
	var state string
	p := Piece{Text: text}
	if _, err := fmt.Sscanf(string(head), "%s %d", &state, &p.Size); err != nil {
		return Piece{}, &ProtocolError{ID: id, Answer: head, Stderr: done.Stderr}
	}
	p.Ended = state == "ended"
	return p, nil
}
