package trust

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestSecretShowsNothing(t *testing.T) {
	s := fixed()
	type holder struct{ secret Secret }
	type public struct{ Secret Secret }
	var shown bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%o", "%c", "%U", "%t", "%w"} {
		for _, value := range []any{s, &s, holder{s}, &holder{s}, public{s}, []Secret{s}, map[string]Secret{"a": s}} {
			fmt.Fprintf(&shown, verb+"\n", value)
		}
	}
	slog.New(slog.NewJSONHandler(&shown, nil)).Info("m", "secret", s, "holder", holder{s}, "public", public{s})
	slog.New(slog.NewTextHandler(&shown, nil)).Info("m", "secret", s, "holder", holder{s}, "public", public{s})
	for _, encode := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal} {
		for _, value := range []any{s, &s, holder{s}, public{s}} {
			text, err := encode(value)
			require.NoError(t, err)
			shown.Write(text)
		}
	}
	text := strings.ToLower(shown.String())
	require.Contains(t, text, redacted)
	for _, leak := range []string{hex.EncodeToString((s.key())[:8]), "1 2 3 4 5", "0x1, 0x2, 0x3", "\x01\x02\x03", `\x01\x02`, "1 10 11 100"} {
		require.NotContains(t, text, leak)
	}
}

func TestNewSecretsDiffer(t *testing.T) {
	a, err := New()
	require.NoError(t, err)
	b, err := New()
	require.NoError(t, err)
	require.Len(t, a.key(), Size)
	require.NotEqual(t, a.key(), b.key())
}
