package codec_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/codec"
	"aiolos/internal/trust"
)

func TestParseKeys(t *testing.T) {
	k := keys(t, "# payload keys\r\n\n"+line("2026-01", 1)+"\t b_2   "+strings.TrimRight(line("", 2), "=\n")+" \r\n"+line("c.3", 3))
	require.Equal(t, "2026-01", k.Writer())
	require.Equal(t, []string{"2026-01", "b_2", "c.3"}, k.IDs())
}

func TestParseKeysRefuses(t *testing.T) {
	key := strings.TrimSpace(line("", 1))
	short := base64.StdEncoding.EncodeToString(make([]byte, 31))
	many := ""
	for i := range codec.MaxKeys + 1 {
		many += line(fmt.Sprint("k", i), byte(i))
	}
	for name, c := range map[string]struct {
		text    string
		line    int
		problem string
	}{
		"empty":         {"", 0, "there are none"},
		"comments only": {"# a\n\n", 0, "there are none"},
		"key only":      {line("a", 2) + key, 2, "words: 1"},
		"three words":   {"a " + key + " b", 1, "words: 3"},
		"swapped":       {key + " a", 1, "its first word is no ID"},
		"hex, swapped":  {strings.Repeat("ab", 32) + " a", 1, "its first word is no ID"},
		"ID with slash": {"a/b " + key, 1, "its first word is no ID"},
		"ID too long":   {strings.Repeat("a", 33) + " " + key, 1, "its first word is no ID"},
		"no base64":     {"\n\na " + key[:40] + "!", 3, "its second word is not base64"},
		"short":         {"a " + short, 1, "its key has 31 bytes"},
		"hex":           {"a " + strings.Repeat("ab", 32), 1, "its key has 48 bytes"},
		"ID twice":      {line("a", 1) + line("b", 2) + line("a", 3), 3, "it has the ID of line 1"},
		"key twice":     {line("a", 1) + line("b", 1), 2, "it has the key of line 1"},
		"too many":      {many, codec.MaxKeys + 1, "it is one key too many"},
		"too large":     {strings.Repeat("#", 65<<10), 0, "there are 66560 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := codec.ParseKeys([]byte(c.text))
			var wrong *codec.KeysError
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, c.problem, wrong.Problem)
			require.Equal(t, c.line, wrong.Line)
			require.NotEmpty(t, wrong.Allowed)
			require.NotContains(t, err.Error(), key[:8])
			require.NotContains(t, err.Error(), "abab")
		})
	}
}

func TestReadKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	text, err := codec.NewKeyLine("2026")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	k, err := codec.ReadKeys(path)
	require.NoError(t, err)
	require.Equal(t, "2026", k.Writer())

	require.NoError(t, os.Chmod(path, 0o640))
	_, err = codec.ReadKeys(path)
	var file *trust.FileError
	require.ErrorAs(t, err, &file)
	require.ErrorContains(t, err, "0640")

	require.NoError(t, os.Chmod(path, 0o600))
	require.NoError(t, os.WriteFile(path, []byte(text+"x\n"), 0o600))
	_, err = codec.ReadKeys(path)
	require.ErrorContains(t, err, "payload keys in "+path+", line 2: words: 1; allowed is ID BASE64KEY")
}

func TestNewKeyLine(t *testing.T) {
	a, err := codec.NewKeyLine("a")
	require.NoError(t, err)
	b, err := codec.NewKeyLine("b")
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, keys(t, a+b).IDs())
	_, err = codec.NewKeyLine("a b")
	require.ErrorContains(t, err, `"a b" is no key ID`)
}

func TestKeysShowNothing(t *testing.T) {
	k := keys(t, line("k1", 0xab))
	var shown strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		fmt.Fprintf(&shown, verb+"\n", k)
	}
	slog.New(slog.NewTextHandler(&shown, nil)).Info("m", "keys", k)
	require.Contains(t, shown.String(), "k1")
	for _, leak := range []string{hex.EncodeToString([]byte{0xab, 0xab}), "171 171", "q6urq"} {
		require.NotContains(t, shown.String(), leak)
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(line("k1", 1) + "# two\n" + line("k2", 2)))
	f.Add([]byte("a b c\n"))
	f.Add([]byte("\r\n \t#\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := codec.ParseKeys(text)
		if (err == nil) == (k == nil) {
			t.Fatalf("keys or an error: %v, %v", k, err)
		}
		if err != nil {
			var wrong *codec.KeysError
			if lines := strings.Count(string(text), "\n") + 1; !errors.As(err, &wrong) || wrong.Line > lines {
				t.Fatalf("%v in a text of %d lines", err, lines)
			}
			return
		}
		if len(k.IDs()) == 0 || k.IDs()[0] != k.Writer() {
			t.Fatal("the writer is not the first")
		}
	})
}
