package job

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxAnswer bounds what follows the live output, in bytes.
const maxAnswer = HeadBytes + TailBytes + maxOutputs + 1<<10

// answer takes what run.sh prints: a line, the live output, and the summary.
type answer struct {
	nonce    string
	progress func(Progress)

	opened  bool
	found   bool
	offset  int64
	line    []byte // the last line so far, up to maxLine bytes
	last    string // the last one that was not blank
	pending []byte // not yet known to be the first line, or live output
	closed  bool
	summary []byte
}

// states of a job as run.sh names them.
const (
	stateAbsent    = "absent"    // there is no such job, and none was sent
	stateUnstarted = "unstarted" // it was found, but its launcher died too early
	stateEnded     = "ended"
	stateLost      = "lost"
	stateRebooted  = "rebooted"
	stateFull      = "full" // its script did not begin, for want of room
)

// summary is what the node says of the job once it no longer runs.
type summary struct {
	state          string
	code           int
	begin, end     float64 // seconds since boot
	size           int64
	first, rest    []byte
	outputs        []byte
	nFirst, nRest  int
	nOutputs       int
	headIsAdjacent bool
	// What the disk took where it took nothing.
	room, files int64
	place       string
}

// Write implements io.Writer. It never fails: a follower that chokes on
// what a script prints would have to follow the same output again.
func (a *answer) Write(p []byte) (int, error) {
	if a.closed {
		a.keep(p)
		return len(p), nil
	}
	a.pending = append(a.pending, p...)
	if !a.opened && !a.open() {
		return len(p), nil
	}
	mark := []byte("\x00aiolos-" + a.nonce + " ")
	if at := bytes.Index(a.pending, mark); at >= 0 {
		a.live(a.pending[:at])
		a.closed = true
		a.keep(a.pending[at+len(mark):])
		a.pending = nil
		return len(p), nil
	}
	// What may be the beginning of the mark has to wait for the rest of it.
	held := 0
	for n := min(len(mark)-1, len(a.pending)); n > 0; n-- {
		if bytes.HasSuffix(a.pending, mark[:n]) {
			held = n
			break
		}
	}
	a.live(a.pending[:len(a.pending)-held])
	a.pending = append(a.pending[:0], a.pending[len(a.pending)-held:]...)
	return len(p), nil
}

// open reads the first line, once it is there.
func (a *answer) open() bool {
	end := bytes.IndexByte(a.pending, '\n')
	if end < 0 {
		if len(a.pending) > maxAnswer {
			a.pending = a.pending[:maxAnswer]
		}
		return false
	}
	var found int
	line := string(a.pending[:end])
	if _, err := fmt.Sscanf(line, "aiolos-"+a.nonce+" %d %d", &found, &a.offset); err != nil {
		// Something else was said before, as some login shells do.
		a.pending = a.pending[end+1:]
		return a.open()
	}
	a.opened, a.found = true, found == 1
	a.pending = a.pending[end+1:]
	if a.progress != nil {
		a.progress(Progress{Offset: a.offset, Found: a.found})
	}
	return true
}

func (a *answer) keep(p []byte) {
	a.summary = append(a.summary, p[:min(len(p), maxAnswer-len(a.summary))]...)
}

// maxLine bounds a line of which the printable beginning is shown, in bytes.
const maxLine = 1 << 10

// live takes a piece of the job's output.
func (a *answer) live(p []byte) {
	if len(p) == 0 {
		return
	}
	a.offset += int64(len(p))
	if a.progress == nil {
		return
	}
	for len(p) > 0 {
		piece, rest, whole := bytes.Cut(p, []byte("\n"))
		a.line = append(a.line, piece[:min(len(piece), maxLine-len(a.line))]...)
		if shown := printable(a.line); shown != "" {
			a.last = shown
		}
		if whole {
			a.line = a.line[:0]
		}
		p = rest
	}
	a.progress(Progress{Offset: a.offset, LastLine: a.last, Found: a.found})
}

// printable makes a line of output fit to be shown: without control characters,
// valid UTF-8, at most 200 characters.
func printable(line []byte) string {
	text := strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return -1
		}
		return r
	}, string(line))
	text = strings.TrimSpace(text)
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200])
	}
	return text
}

// parse reads the summary; false means that it is not whole.
func (a *answer) parse() (s summary, ok bool) {
	line, body, _ := bytes.Cut(a.summary, []byte("\n"))
	words := strings.SplitN(string(line), " ", 11)
	if !a.closed || len(words) != 11 {
		return s, false
	}
	s.place = words[10]
	n, err := fmt.Sscanf(strings.Join(words[:10], " "), "%s %d %g %g %d %d %d %d %d %d",
		&s.state, &s.code, &s.begin, &s.end, &s.size, &s.nFirst, &s.nRest, &s.nOutputs, &s.room, &s.files)
	if err != nil || n != 10 || min(s.nFirst, s.nRest, s.nOutputs) < 0 || len(body) != s.nFirst+s.nRest+s.nOutputs {
		return s, false
	}
	s.first, s.rest, s.outputs = body[:s.nFirst], body[s.nFirst:s.nFirst+s.nRest], body[s.nFirst+s.nRest:]
	s.headIsAdjacent = s.size == int64(s.nFirst+s.nRest)
	return s, true
}

// tail returns the end of the output.
func (s summary) tail() []byte {
	tail := s.rest
	if s.headIsAdjacent {
		tail = append(bytes.Clone(s.first), s.rest...)
	}
	return tail[max(0, len(tail)-TailBytes):]
}
