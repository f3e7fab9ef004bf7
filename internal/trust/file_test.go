package trust

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWriteAndRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	s, err := New()
	require.NoError(t, err)
	require.NoError(t, s.Write(path))
	stat, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), stat.Mode())

	back, err := Read(path)
	require.NoError(t, err)
	require.Equal(t, s.Token("a", "b"), back.Token("a", "b"))

	// What is there is never replaced.
	err = fixed().Write(path)
	require.ErrorIs(t, err, fs.ErrExist)
	again, err := Read(path)
	require.NoError(t, err)
	require.Equal(t, s.key(), again.key())

	require.Error(t, Secret{}.Write(filepath.Join(t.TempDir(), "secret")))
}

func TestReadTakesHexAndBase64(t *testing.T) {
	key := fixed().key()
	// Bytes for which the two alphabets of base64 differ.
	odd := make([]byte, 40)
	for i := range odd {
		odd[i] = 0xfb
	}
	for name, c := range map[string]struct {
		text string
		want []byte
	}{
		"hex":               {hex.EncodeToString(key), key},
		"hex, upper case":   {strings.ToUpper(hex.EncodeToString(key)), key},
		"hex, end of line":  {hex.EncodeToString(key) + "\n", key},
		"hex, CR LF":        {hex.EncodeToString(key) + "\r\n", key},
		"longer":            {hex.EncodeToString(odd), odd},
		"base64":            {base64.StdEncoding.EncodeToString(odd), odd},
		"base64, unpadded":  {base64.RawStdEncoding.EncodeToString(key), key},
		"base64url":         {base64.URLEncoding.EncodeToString(odd), odd},
		"base64url, no pad": {base64.RawURLEncoding.EncodeToString(key) + "\n", key},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "secret")
			require.NoError(t, os.WriteFile(path, []byte(c.text), 0o400))
			s, err := Read(path)
			require.NoError(t, err)
			require.Equal(t, c.want, s.key())
		})
	}
}

func TestReadRefuses(t *testing.T) {
	good := hex.EncodeToString(fixed().key())
	for name, c := range map[string]struct {
		text    string
		mode    fs.FileMode
		problem string
	}{
		"empty":              {"", 0o600, "it is empty"},
		"only a line end":    {"\n", 0o600, "it is empty"},
		"too short":          {good[:62], 0o600, "its text holds 31 bytes"},
		"no hex, no base64":  {"a pass phrase that someone typed in there", 0o600, "its text is neither hex nor base64"},
		"two lines":          {good + "\n" + good + "\n", 0o600, "it has more than one line"},
		"spaces":             {" " + good, 0o600, "its text is neither hex nor base64"},
		"too large":          {strings.Repeat("a", maxFile+2), 0o600, "it is larger than 4096 bytes"},
		"readable by group":  {good, 0o640, "its mode is 0640, so group or others may access it"},
		"readable by others": {good, 0o604, "its mode is 0604, so group or others may access it"},
		"writable by others": {good, 0o602, "its mode is 0602, so group or others may access it"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "secret")
			require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
			require.NoError(t, os.Chmod(path, c.mode))
			_, err := Read(path)
			var wrong *FileError
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, path, wrong.Path)
			require.Equal(t, c.problem, wrong.Problem)
			require.NotEmpty(t, wrong.Allowed)
			require.Contains(t, err.Error(), path)
			if c.text != "" && c.text != "\n" {
				require.NotContains(t, err.Error(), c.text)
			}
		})
	}
}

func TestReadWhatIsNoFile(t *testing.T) {
	folder := t.TempDir()
	_, err := Read(filepath.Join(folder, "absent"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Equal(t, 1, strings.Count(err.Error(), folder), "the path is said once: %v", err)

	pipe := filepath.Join(folder, "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	for _, path := range []string{folder, pipe} {
		_, err = Read(path)
		var wrong *FileError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, "it is no regular file", wrong.Problem)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(hex.EncodeToString(fixed().key()) + "\n"))
	f.Add([]byte(base64.StdEncoding.EncodeToString(fixed().key())))
	f.Add([]byte(base64.RawURLEncoding.EncodeToString(fixed().key()) + "\r\n"))
	f.Add([]byte("\n\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		key, problem := parse(text)
		if (key == nil) == (problem == "") {
			t.Fatalf("a key or a problem, never both nor none: %d bytes, %q", len(key), problem)
		}
		if key != nil && len(key) < Size {
			t.Fatalf("a key of %d bytes", len(key))
		}
	})
}

func TestFileErrorKeepsItsCause(t *testing.T) {
	cause := errors.New("no space left")
	require.ErrorIs(t, &FileError{Path: "p", Problem: "write", Err: cause}, cause)
}
