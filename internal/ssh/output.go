package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// maxOutput is how much of a stream is collected, in bytes.
const maxOutput = 4 << 20

// sink takes one stream of a command. It never fails: what it cannot take ends
// the command, and the rest is read and forgotten, so that nothing blocks.
type sink struct {
	// to is where the stream goes; nil means that it is collected.
	to    io.Writer
	full  *OutputError
	abort context.CancelCauseFunc

	mu     sync.Mutex
	buffer bytes.Buffer
	sealed bool
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.sealed:
	case s.to != nil:
		if _, err := s.to.Write(p); err != nil {
			s.sealed = true
			s.abort(fmt.Errorf("take the %s of a command on %s: %w", s.full.Stream, s.full.Place, err))
		}
	case s.buffer.Len()+len(p) > s.full.Limit:
		s.sealed = true
		s.abort(s.full)
	default:
		s.buffer.Write(p)
	}
	return len(p), nil
}

// seal ends the stream and returns what was collected.
func (s *sink) seal() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sealed = true
	return s.buffer.Bytes()
}

// source keeps the error of reading apart from that of writing.
type source struct {
	from io.Reader
	err  error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
