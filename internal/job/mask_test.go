package job

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMask(t *testing.T) {
	for _, c := range []struct {
		secrets []string
		text    string
		want    string
	}{
		{nil, "hush", "hush"},
		{[]string{""}, "hush", "hush"},
		{[]string{"hush"}, "hush hushhush HUSH", "*** ****** HUSH"},
		{[]string{"abc", "yes"}, "abc yes", "abc yes"},
		{[]string{"hush", "hush-7261"}, "hush-7261 hush", "*** ***"},
		{[]string{"one line\r\nof\nsome more\x00and more\n"}, "one line|of|some more|and more|\n", "***|of|***|***|\n"},
		{[]string{"a.c*[d]^$/\\1&"}, "a.c*[d]^$/\\1& abcd", "*** abcd"},
		{[]string{"****"}, "*****", "****"},
		{[]string{"pässword"}, "das pässword", "das ***"},
		{[]string{"  "}, "    ", "    "},
	} {
		require.Equal(t, c.want, Mask(c.secrets, c.text), "%q", c.secrets)
		require.Equal(t, c.want, string(filter(t, c.secrets, []byte(c.text))), "%q", c.secrets)
	}
}

// filter is what the wrapper does with an output.
func filter(t require.TestingT, secrets []string, text []byte) []byte {
	script := sedScript(secrets)
	if len(script) == 0 {
		return text
	}
	file, err := os.CreateTemp("", "mask")
	require.NoError(t, err)
	defer os.Remove(file.Name())
	_, err = file.Write(script)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	cmd := exec.Command("sed", "-u", "-f", file.Name())
	cmd.Env = []string{"LC_ALL=C"}
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	require.NoError(t, err, "%q", script)
	return out
}

// Whatever the bytes of secrets and output are, the node masks as we do, and no
// secret is left.
func TestFilterMasksAsMaskDoes(t *testing.T) {
	awkward := rapid.SampledFrom([]string{
		"a", "b", `\`, `\n`, "/", "&", ".", "*", "[", "]", "^", "$", "(", ")", "{", "}", "+", "?", "|", "#", ";", "'", `"`, " ",
		"\t", "\n", "\r", "\x00", "\x01", "\x7f", "\xff", "é", `\(`, `\1`, "s/x/y/g", "#n",
	})
	rapid.Check(t, func(t *rapid.T) {
		secrets := rapid.SliceOfN(rapid.Map(rapid.SliceOfN(awkward, 0, 8), func(s []string) string { return strings.Join(s, "") }), 0, 4).Draw(t, "secrets")
		parts := append(literals(secrets), "\n", "x")
		text := strings.Join(rapid.SliceOfN(rapid.OneOf(awkward, rapid.SampledFrom(parts)), 0, 20).Draw(t, "text"), "")
		got := filter(t, secrets, []byte(text))
		require.Equal(t, Mask(secrets, text), string(got))
		for _, l := range literals(secrets) {
			if !strings.Contains(l, "*") { // which masks leave behind
				require.NotContains(t, string(got), l)
			}
		}
	})
}

func TestManyAndLongSecrets(t *testing.T) {
	random := rand.NewChaCha8([32]byte{})
	raw := make([]byte, 48<<10)
	_, _ = random.Read(raw)
	long := base64.StdEncoding.EncodeToString(raw)
	alike := strings.Repeat("Aa0/", 16<<10)
	var pem strings.Builder
	for i := range 200 {
		pem.WriteString(strings.Repeat(string(rune('A'+i%26)), 60) + string(rune('a'+i/26)) + "=\n")
	}
	text := "x" + long + "y\n" + pem.String() + alike
	began := time.Now()
	want := "x" + strings.Repeat("***", 128) + "y\n" + strings.Repeat("***\n", 200) + strings.Repeat("***", 128)
	require.Equal(t, want, string(filter(t, []string{pem.String(), long, alike}, []byte(text))))
	require.Less(t, time.Since(began), 20*time.Second)
}

func TestMaskTravelsInAFileOfItsOwn(t *testing.T) {
	s := Spec{ID: "a", Tag: "a", Secrets: []string{"hush-7261"}}
	packed, err := s.pack("top")
	require.NoError(t, err)
	dir := t.TempDir()
	cmd := exec.Command("tar", "-x", "-p", "-C", dir)
	cmd.Stdin = bytes.NewReader(packed)
	require.NoError(t, cmd.Run())
	info, err := os.Stat(filepath.Join(dir, "top", "mask"))
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())

	s.Secrets = []string{"abc"}
	packed, err = s.pack("top")
	require.NoError(t, err)
	require.NotContains(t, string(packed), "top/mask", "where there is nothing to mask, there is no filter")
}
