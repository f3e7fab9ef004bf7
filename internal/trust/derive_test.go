package trust

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// fixed is the secret of the bytes 0 to 31.
func fixed() Secret {
	key := make([]byte, Size)
	for i := range key {
		key[i] = byte(i)
	}
	return secret(key)
}

// TestDerivedValues holds what is derived against values computed by another
// implementation of RFC 5869. They stand here, not in a file that is updated at
// will: if they changed, no worker could reach the nodes that run already.
func TestDerivedValues(t *testing.T) {
	s := fixed()
	require.Equal(t, "26a9c176f08b748482984c58fbd0df44ce7fb4594125d061b785646bc12aa5aa", hex.EncodeToString(s.HostKey("demo", "storage-0").Seed()))
	require.Equal(t, "9cd9578b84a436388268df7b0fc55d677dfeb1f19ffe453fd34790d4b20aee68", hex.EncodeToString(s.ClientKey().Seed()))
	require.Equal(t, "EO_XjfHhYlXZToMrb0v-3Bl98uc3cwcOO7fGNaSywy8", s.Token("demo", "storage-0"))
}

func TestNeighboursShareNothing(t *testing.T) {
	s := fixed()
	require.NotEqual(t, s.HostKey("a", "b-c"), s.HostKey("a-b", "c"))
	require.NotEqual(t, s.Token("a", "b-c"), s.Token("a-b", "c"))
	require.NotEqual(t, s.Token("a", ""), s.Token("", "a"))
	require.False(t, s.VerifyToken("a", "b-c", s.Token("a-b", "c")))
}

func TestDistinctPairsShareNothing(t *testing.T) {
	s := fixed()
	name := rapid.StringMatching(`[ab\x00-]{0,4}`)
	rapid.Check(t, func(t *rapid.T) {
		d1, n1 := name.Draw(t, "deployment"), name.Draw(t, "node")
		d2, n2 := name.Draw(t, "other deployment"), name.Draw(t, "other node")
		same := d1 == d2 && n1 == n2
		require.Equal(t, same, s.HostKey(d1, n1).Equal(s.HostKey(d2, n2)))
		require.Equal(t, same, s.VerifyToken(d1, n1, s.Token(d2, n2)))
		// One use's value is never another's.
		require.NotEqual(t, base64.RawURLEncoding.EncodeToString(s.HostKey(d1, n1).Seed()), s.Token(d1, n1))
		require.False(t, s.HostKey(d1, n1).Equal(s.ClientKey()))
	})
}

func TestVerifyToken(t *testing.T) {
	s := fixed()
	token := s.Token("demo", "storage-0")
	require.True(t, s.VerifyToken("demo", "storage-0", token))
	for _, wrong := range []string{"", token[:42], token + "=", token + "A", " " + token, "A" + token[1:]} {
		require.False(t, s.VerifyToken("demo", "storage-0", wrong), "%q", wrong)
	}
	other, err := New()
	require.NoError(t, err)
	require.False(t, other.VerifyToken("demo", "storage-0", token))
}

func TestKeysSign(t *testing.T) {
	key := fixed().HostKey("demo", "storage-0")
	signature := ed25519.Sign(key, []byte("message"))
	require.True(t, ed25519.Verify(key.Public().(ed25519.PublicKey), []byte("message"), signature))
}

func TestZeroSecretDerivesNothing(t *testing.T) {
	require.Panics(t, func() { Secret{}.ClientKey() })
	require.Panics(t, func() { Secret{}.VerifyToken("demo", "storage-0", "") })
}
