package job

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestParseOutputs(t *testing.T) {
	for _, c := range []struct {
		text string
		want map[string]string
		line int // of the error; -1 means none
	}{
		{"", map[string]string{}, -1},
		{"a=1\nb=2\n", map[string]string{"a": "1", "b": "2"}, -1},
		{"a=1\na=2", map[string]string{"a": "2"}, -1},
		{"\n \na= x = y \n", map[string]string{"a": " x = y "}, -1},
		{"os.family-1_x=\n", map[string]string{"os.family-1_x": ""}, -1},
		{"a=1\nwords\nb=2\n", map[string]string{"a": "1", "b": "2"}, 2},
		{"1a=x\n", map[string]string{}, 1},
		{"a b=x\n", map[string]string{}, 1},
		{"=x\n", map[string]string{}, 1},
		{strings.Repeat("n", 65) + "=x", map[string]string{}, 1},
		{"a=\xff\n", map[string]string{}, 1},
		{strings.Repeat("x", maxOutputs+1), map[string]string{}, 0},
	} {
		got, err := parseOutputs([]byte(c.text))
		require.Equal(t, c.want, got, "%.40q", c.text)
		if c.line < 0 {
			require.NoError(t, err)
			continue
		}
		var bad *OutputError
		require.ErrorAs(t, err, &bad, "%.40q", c.text)
		require.Equal(t, c.line, bad.Line)
		require.Less(t, len(err.Error()), 400)
	}
}

func FuzzParseOutputs(f *testing.F) {
	for _, seed := range []string{"", "a=1\n", "a=1\na=2", "=\n", "x\n\n", "a=\xff", "a=\x00\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parseOutputs(text)
		for name, value := range got {
			if !outputPattern.MatchString(name) || !utf8.ValidString(value) || strings.Contains(value, "\n") {
				t.Fatalf("%q = %q", name, value)
			}
		}
		if err != nil {
			return
		}
		// What was read without an error reads the same when it is written again.
		var again bytes.Buffer
		for name, value := range got {
			again.WriteString(name + "=" + value + "\n")
		}
		twice, err := parseOutputs(again.Bytes())
		require.NoError(t, err)
		require.Equal(t, got, twice)
	})
}
