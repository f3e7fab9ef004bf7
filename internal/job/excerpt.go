package job

import (
	"fmt"
	"strings"
)

// excerptHead is how many lines of the beginning an excerpt shows: what failed
// first often says why the rest did.
const excerptHead = 5

// Excerpt shows an output as evidence: its first lines and its last ones, at most
// EvidenceLines, and between them a line that says how much was left out. It is nil
// for an empty output.
func Excerpt(r Result) []string {
	head, tail := lines(r.Head), lines(r.Tail)
	gap := r.Size - int64(len(r.Head)) - int64(len(r.Tail))
	if gap <= 0 {
		// Both are of one piece.
		if whole := lines(r.output()); len(whole) <= EvidenceLines {
			return whole
		}
	}
	head = head[:min(len(head), excerptHead)]
	tail = tail[max(0, len(tail)-(EvidenceLines-excerptHead-1)):]
	shown := int64(len(strings.Join(head, "\n")) + len(strings.Join(tail, "\n")))
	return append(append(head, fmt.Sprintf("[%d of %d bytes are left out]", max(0, r.Size-shown), r.Size)), tail...)
}

// output is all of a short output, of which head and tail may overlap.
func (r Result) output() []byte {
	missing := int(max(0, r.Size-int64(len(r.Head))))
	return append(append([]byte{}, r.Head...), r.Tail[max(0, len(r.Tail)-missing):]...)
}

// maxShown bounds a line of evidence, in bytes.
const maxShown = 500

// lines splits an output for people to see.
func lines(output []byte) []string {
	text := strings.ToValidUTF8(strings.TrimSpace(string(output)), "\uFFFD")
	if text == "" {
		return nil
	}
	all := strings.Split(text, "\n")
	for i, line := range all {
		if len(line) > maxShown {
			all[i] = strings.ToValidUTF8(line[:maxShown], "") + "…"
		}
	}
	return all
}
