package job

import (
	"bytes"
	"fmt"
	"strconv"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

// DiskFullError says that a disk of the node takes nothing more.
type DiskFullError struct {
	ID string
	// Doing is what was tried: "start", before the script has begun, "run", while it
	// did, or one of those of NodeError.
	Doing string
	// Path is a place on the disk.
	Path string
	// Free is how many bytes there are for anybody but root.
	Free int64
	// Files is how many more files it takes, which may be what there is none of;
	// 0 also where the disk does not count them.
	Files int64
}

func (e *DiskFullError) Error() string {
	if e.Free >= leastRoom {
		return fmt.Sprintf("%s job %s: the disk of %s is full: it takes no more files, though %d bytes are free", e.Doing, e.ID, e.Path, e.Free)
	}
	return fmt.Sprintf("%s job %s: the disk of %s is full: %d bytes are free", e.Doing, e.ID, e.Path, e.Free)
}

// leastRoom is what full in lib.sh takes for nothing, in bytes.
const leastRoom = 64 << 10

// Kind tells that the step's command did not do what it should.
func (e *DiskFullError) Kind() deploy.Kind { return deploy.KindJob }

// Temporary is false: full disks are emptied by people.
func (e *DiskFullError) Temporary() bool { return false }

// full is the error of a summary.
func (s summary) full(id, doing string) *DiskFullError {
	return &DiskFullError{ID: id, Doing: doing, Path: s.place, Free: s.room, Files: s.files}
}

// exitFull is how our own commands say that the disk is full (ENOSPC).
const exitFull = 28

// nodeError tells why one of our own commands failed.
func nodeError(id, doing string, done remote.Result) error {
	failed := &NodeError{ID: id, Doing: doing, Exit: done.Exit, Output: done.Stderr}
	if done.Exit != exitFull {
		return failed
	}
	lines := bytes.Split(bytes.TrimSpace(done.Stderr), []byte("\n"))
	words := bytes.SplitN(lines[len(lines)-1], []byte(" "), 3)
	if len(words) != 3 {
		return failed
	}
	free, err := strconv.ParseInt(string(words[0]), 10, 64)
	if err != nil {
		return failed
	}
	files, err := strconv.ParseInt(string(words[1]), 10, 64)
	if err != nil {
		return failed
	}
	return &DiskFullError{ID: id, Doing: doing, Path: string(words[2]), Free: free, Files: files}
}
