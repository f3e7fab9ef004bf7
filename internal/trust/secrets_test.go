package trust

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func made(t require.TestingT) Secret {
	s, err := New()
	require.NoError(t, err)
	return s
}

// TestRotation follows nodes through a change of the secret: launched with the
// old one, then with the new one, until the old one is given up.
func TestRotation(t *testing.T) {
	old, young := made(t), made(t)
	before, during, after := One(old), Two(young, old), One(young)
	name := rapid.StringMatching(`[a-z]{1,8}-[0-9]`)
	rapid.Check(t, func(t *rapid.T) {
		d, n := name.Draw(t, "deployment"), name.Draw(t, "node")
		public := func(s Secrets) ed25519.PublicKey { return s.HostKey(d, n).Public().(ed25519.PublicKey) }

		// A node of before is known until the old secret is gone.
		require.True(t, during.VerifyToken(d, n, before.Token(d, n)))
		require.Contains(t, during.HostKeys(d, n), public(before))
		require.False(t, after.VerifyToken(d, n, before.Token(d, n)))
		require.NotContains(t, after.HostKeys(d, n), public(before))

		// A node launched meanwhile is known for good, and from the first on.
		require.True(t, after.VerifyToken(d, n, during.Token(d, n)))
		require.Equal(t, public(during), during.HostKeys(d, n)[0])
		require.Equal(t, []ed25519.PublicKey{public(during)}, after.HostKeys(d, n))
		require.False(t, before.VerifyToken(d, n, during.Token(d, n)))

		// Neither speaks for another node.
		other := name.Filter(func(o string) bool { return o != n }).Draw(t, "other node")
		for _, s := range []Secrets{before, during} {
			require.False(t, during.VerifyToken(d, other, s.Token(d, n)))
		}
		require.False(t, during.VerifyToken(d, n, ""))
	})
	require.Equal(t, []ed25519.PrivateKey{young.ClientKey(), old.ClientKey()}, during.ClientKeys())
	require.Equal(t, young.ClientKey(), during.ClientKey())
	require.Equal(t, []ed25519.PrivateKey{old.ClientKey()}, before.ClientKeys())
	require.Equal(t, [][]byte{young.SealingSecret(), old.SealingSecret()}, during.SealingSecrets())
	require.Equal(t, young.Token("a", "b"), during.First().Token("a", "b"))
	require.True(t, during.Rotating())
	require.False(t, before.Rotating())
}

func TestRotate(t *testing.T) {
	young, old := made(t), made(t)
	s, err := Rotate(young, old)
	require.NoError(t, err)
	require.True(t, s.Rotating())
	require.True(t, s.VerifyToken("a", "b", old.Token("a", "b")))
	require.Equal(t, young.Token("a", "b"), s.Token("a", "b"))
	require.False(t, One(young).Rotating())

	_, err = Rotate(old, old)
	var wrong *TextError
	require.ErrorAs(t, err, &wrong)
	require.Contains(t, err.Error(), "the same as the one in use")
}

func TestSecretsShowNothing(t *testing.T) {
	s := Two(fixed(), fixed())
	type holder struct{ S Secrets }
	var shown bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&shown, verb+verb+verb+"\n", s, &s, holder{s})
	}
	slog.New(slog.NewJSONHandler(&shown, nil)).Info("m", "secrets", s, "holder", holder{s})
	text, err := json.Marshal(holder{s})
	require.NoError(t, err)
	shown.Write(text)
	require.Contains(t, shown.String(), redacted)
	for _, leak := range []string{hex.EncodeToString(fixed().key()[:8]), "1 2 3 4 5", "\x01\x02\x03"} {
		require.NotContains(t, strings.ToLower(shown.String()), leak)
	}
}

func TestZeroSecretsDeriveNothing(t *testing.T) {
	require.Panics(t, func() { Secrets{}.ClientKeys() })
	require.Panics(t, func() { Secrets{}.VerifyToken("demo", "storage-0", "") })
}

func TestParse(t *testing.T) {
	s, err := Parse([]byte(hex.EncodeToString(fixed().key()) + "\n"))
	require.NoError(t, err)
	require.Equal(t, fixed().Token("a", "b"), s.Token("a", "b"))
	_, err = Parse([]byte("a pass phrase"))
	var wrong *TextError
	require.ErrorAs(t, err, &wrong)
	require.NotContains(t, err.Error(), "pass phrase")
}
