package job

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// MinSecret is the length in bytes from which a line of a secret is masked. What is
// shorter would mask too much: the 1 in every number, the yes in every sentence.
const MinSecret = 4

// maxLiteral bounds what is looked for as a whole, in bytes. Of a longer line each
// piece is masked by itself: the time that sed needs for a line grows with the
// square of what it looks for.
const maxLiteral = 512

// masked stands where a secret stood.
const masked = "***"

// Mask replaces each secret in text as it is done with the output of a job.
func Mask(secrets []string, text string) string {
	for _, literal := range literals(secrets) {
		text = strings.ReplaceAll(text, literal, masked)
	}
	return text
}

// literals are the lines of the secrets, or pieces of them, that are masked, the longest first: one of
// them may be the beginning of another.
func literals(secrets []string) []string {
	var all []string
	for _, secret := range secrets {
		for _, line := range strings.FieldsFunc(secret, func(r rune) bool { return r == '\n' || r == '\r' || r == 0 }) {
			for len(line) >= maxLiteral+MinSecret {
				all = append(all, line[:maxLiteral])
				line = line[maxLiteral:]
			}
			all = append(all, line)
		}
	}
	all = slices.DeleteFunc(all, func(s string) bool { return len(s) < MinSecret })
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	return slices.Compact(all)
}

// special are the bytes that mean something else in a basic regular expression, or
// end it.
const special = `\.[*^$/`

// sedScript makes the filter that does to a stream what Mask does to a text; empty
// where there is nothing to mask.
func sedScript(secrets []string) []byte {
	var b bytes.Buffer
	for _, literal := range literals(secrets) {
		b.WriteString("s/")
		for i := range len(literal) {
			if strings.IndexByte(special, literal[i]) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(literal[i])
		}
		b.WriteString("/" + masked + "/g\n")
	}
	return b.Bytes()
}
