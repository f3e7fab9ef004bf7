package gluster

import (
	"bytes"
	"context"
	"io"
)

// nothing is the standard input of a deed that waits for none.
var nothing = bytes.NewReader(nil)

// reading is the reader's part of Verify. Mounting takes longer than writing and
// reading do, so the reader mounts at once, and reads when its standard input ends.
type reading struct {
	written chan struct{}
	failed  error
	late    func() ([]byte, error)
	done    chan outcome
}

type outcome struct {
	out []byte
	err error
}

// begin has the reader mount; late tells that it shall only do so when the file is
// there, as where both are one node.
func begin(ctx context.Context, volume string, reader Member, file string, late bool) *reading {
	r := &reading{written: make(chan struct{}), done: make(chan outcome, 1)}
	read := func() ([]byte, error) { return mounted(ctx, volume, reader, file, "read", r) }
	if late {
		r.late = read
		return r
	}
	go func() {
		out, err := read()
		r.done <- outcome{out, err}
	}()
	return r
}

// after has the file read, if it was written, and returns its content.
func (r *reading) after(failed error) ([]byte, error) {
	r.failed = failed
	close(r.written)
	if r.late != nil {
		if failed != nil {
			return nil, failed
		}
		return r.late()
	}
	o := <-r.done
	if failed != nil {
		return nil, failed
	}
	return o.out, o.err
}

// Read is the reader's standard input: it ends when the file is written, and fails
// when that will not be.
func (r *reading) Read([]byte) (int, error) {
	<-r.written
	if r.failed != nil {
		return 0, r.failed
	}
	return 0, io.EOF
}
