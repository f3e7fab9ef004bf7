package job

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// However the node's answer is cut into pieces, the same is read from it.
func TestAnswerInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Output made of the mark's own bytes is the worst there is.
		alphabet := rapid.SampledFrom([]string{"\x00", "aiolos-", "NONC", "NONCE", "E", " ", "\n", "x", "\x00aiolos-NONC", "é", "\xff"})
		output := strings.Join(rapid.SliceOfN(alphabet, 0, 40).Draw(t, "output"), "")
		if strings.Contains(output, "\x00aiolos-NONCE ") {
			t.Skip("only the follower knows its nonce")
		}
		tail := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "tail")
		outputs := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "outputs")
		text := []byte("aiolos-NONCE 1 100\n" + output)
		text = fmt.Appendf(text, "\x00aiolos-NONCE ended 3 1.5 2.75 %d %d %d %d 0 0 -\n%s%s", len(tail), len(tail), 0, len(outputs), tail, outputs)

		var last Progress
		a := &answer{nonce: "NONCE", progress: func(p Progress) { last = p }}
		for len(text) > 0 {
			n := rapid.IntRange(1, len(text)).Draw(t, "piece")
			written, err := a.Write(text[:n])
			require.NoError(t, err)
			require.Equal(t, n, written)
			text = text[n:]
		}
		s, ok := a.parse()
		require.True(t, ok)
		require.True(t, a.found)
		require.Equal(t, stateEnded, s.state)
		require.Equal(t, 3, s.code)
		require.InDelta(t, 1.25, s.end-s.begin, 1e-9)
		require.True(t, bytes.Equal(tail, s.tail()))
		require.True(t, bytes.Equal(outputs, s.outputs))
		require.EqualValues(t, 100+len(output), a.offset)
		if len(output) > 0 {
			require.Equal(t, a.offset, last.Offset)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte("aiolos-N 0 0\nx\n\x00aiolos-N ended 0 0 0 2 2 0 0 0 0 -\nx\n"), 3)
	f.Add([]byte("motd\naiolos-N 1 7\n\x00aiolos-N lost 0 0 0 0 0 0 0 0 0 -\n"), 1)
	f.Add([]byte("aiolos-N 0 0\n\x00aiolos-N ended 0 0 0 -1 -1 5 9999999999999999999 0 0 /a b\n"), 1000)
	f.Fuzz(func(t *testing.T, text []byte, piece int) {
		a := &answer{nonce: "N", progress: func(p Progress) {
			if len([]rune(p.LastLine)) > 200 {
				t.Fatal(p)
			}
		}}
		piece = max(1, min(piece, 1<<20))
		for len(text) > 0 {
			n := min(piece, len(text))
			if w, err := a.Write(text[:n]); w != n || err != nil {
				t.Fatal(w, err)
			}
			text = text[n:]
		}
		if s, ok := a.parse(); ok {
			s.tail()
		}
		a.end()
	})
}

func TestPrintable(t *testing.T) {
	require.Equal(t, "Notice: done é", printable([]byte("\x1b\tNotice:\x07 done é\xff\r")))
	require.Len(t, []rune(printable([]byte(strings.Repeat("é", 500)))), 200)
}
