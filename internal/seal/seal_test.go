package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
	"aiolos/internal/seal"
)

// key derives one from a secret of like bytes.
func key(t testing.TB, b byte) *seal.Key {
	t.Helper()
	k, err := seal.New(bytes.Repeat([]byte{b}, 32))
	require.NoError(t, err)
	return k
}

func TestRoundTrip(t *testing.T) {
	k := key(t, 1)
	public, err := seal.ParsePublic(k.Public().String())
	require.NoError(t, err)
	require.Equal(t, k.Public().ID(), public.ID())
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "plain")
		context := rapid.String().Draw(t, "context")
		sealed, err := public.Seal(context, plain)
		require.NoError(t, err)
		require.True(t, deploy.IsSealed(sealed))
		got, err := k.Open(context, sealed)
		require.NoError(t, err)
		require.True(t, bytes.Equal(plain, got))

		again, err := public.Seal(context, plain)
		require.NoError(t, err)
		require.NotEqual(t, sealed, again, "equal values do not show")

		other := rapid.String().Filter(func(s string) bool { return s != context }).Draw(t, "other context")
		refused(t, k, other, sealed, plain)
	})
}

// refused requires that sealed cannot be opened, by an error without the value.
func refused(t require.TestingT, k *seal.Key, context, sealed string, plain []byte) {
	got, err := k.Open(context, sealed)
	require.Nil(t, got)
	var wrong *seal.OpenError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, deploy.KindInvalidRequest, wrong.Kind())
	require.Less(t, len(err.Error()), 200+4*len(context))
	if len(plain) > 8 {
		require.NotContains(t, err.Error(), string(plain))
	}
}

// secret is that of the bytes 0 to 31.
func secret() []byte {
	s := make([]byte, 32)
	for i := range s {
		s[i] = byte(i)
	}
	return s
}

// known is "correct horse" sealed for "demo" to the key of that secret, by another
// implementation of RFC 5869, RFC 9180 and RFC 7748.
const known = "<sealed:ATzFnUMN9C4a4p11IZEUmLg37WktEqgVh4mOCsP2II6sEGm8qC-2tjM7FG8H9KxwJK9J-OHqS5NCxxJukfib_SXPXMlTdZ5YDD3BChRnz2dVvy8LvawcvFqXk6udPSAfLRrAAxCY9yzYMca22FdOdiy2hx84ERl-3g>"

// TestKnownKey holds the derived key against one computed elsewhere. If it
// changed, running deployments could not be gone on with.
func TestKnownKey(t *testing.T) {
	k, err := seal.New(secret())
	require.NoError(t, err)
	require.Equal(t, "aiolos-seal-1:vbYHyu2rwufI7yQXXKqFRWC_yyDyfeJLBDdvPJq8-Do", k.Public().String())
	require.Equal(t, "3cc59d430df42e1a", k.Public().ID())
	plain, err := k.Open("demo", known)
	require.NoError(t, err)
	require.Equal(t, "correct horse", string(plain))
}

func TestOtherKeyRefuses(t *testing.T) {
	sealed, err := key(t, 1).Public().Seal("demo", []byte("correct horse"))
	require.NoError(t, err)
	refused(t, key(t, 2), "demo", sealed, []byte("correct horse"))
	_, err = key(t, 2).Open("demo", sealed)
	require.ErrorContains(t, err, key(t, 1).Public().ID())
	require.ErrorContains(t, err, key(t, 2).Public().ID())
}

func TestEachChangeIsNoticed(t *testing.T) {
	k := key(t, 1)
	plain := []byte("correct horse battery staple")
	sealed, err := k.Public().Seal("demo", plain)
	require.NoError(t, err)
	body, ok := deploy.SealedBody(sealed)
	require.True(t, ok)
	inside, err := base64.RawURLEncoding.DecodeString(body)
	require.NoError(t, err)
	wrap := func(b []byte) string { return deploy.Sealed(base64.RawURLEncoding.EncodeToString(b)) }
	for i := range inside {
		changed := bytes.Clone(inside)
		changed[i] ^= 0x80 // X25519 itself would ignore it in its last byte
		refused(t, k, "demo", wrap(changed), plain)
		refused(t, k, "demo", wrap(inside[:i]), plain)
	}
	refused(t, k, "demo", wrap(append(inside, 0)), plain)
	refused(t, k, "demo", "correct horse battery staple", plain)
	refused(t, k, "demo", sealed+sealed, plain)
	refused(t, k, "demo", deploy.Sealed(strings.Repeat("A", 10<<20)), plain)
}

func TestLengthIsNotShown(t *testing.T) {
	p := key(t, 1).Public()
	lengths := map[int]bool{}
	for n := range 64 {
		sealed, err := p.Seal("demo", bytes.Repeat([]byte("x"), n))
		require.NoError(t, err)
		lengths[len(sealed)] = true
	}
	require.Len(t, lengths, 1)
}

func TestSizeIsBounded(t *testing.T) {
	k := key(t, 1)
	plain := bytes.Repeat([]byte{0}, seal.MaxPlain)
	sealed, err := k.Public().Seal("demo", plain)
	require.NoError(t, err)
	got, err := k.Open("demo", sealed)
	require.NoError(t, err)
	require.True(t, bytes.Equal(plain, got))
	_, err = k.Public().Seal("demo", append(plain, 0))
	var large *seal.SizeError
	require.ErrorAs(t, err, &large)
	require.Equal(t, seal.MaxPlain+1, large.Size)
	require.Equal(t, deploy.KindInvalidRequest, large.Kind())
}

func TestWrongPublicKeys(t *testing.T) {
	good := key(t, 1).Public().String()
	zero := "aiolos-seal-1:" + base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	for _, text := range []string{"", "x", good[1:], good[:len(good)-1], good + "A", good + "=", " " + good, good[:30] + "\r" + good[30:], good + "\n", zero, strings.Repeat("x", 10_000)} {
		_, err := seal.ParsePublic(text)
		var wrong *seal.PublicError
		require.ErrorAs(t, err, &wrong, "%.60q", text)
		require.Equal(t, deploy.KindInvalidRequest, wrong.Kind())
		require.Less(t, len(err.Error()), 250)
	}
	_, err := seal.Public{}.Seal("demo", nil)
	var wrong *seal.PublicError
	require.ErrorAs(t, err, &wrong)
	require.Empty(t, seal.Public{}.String()+seal.Public{}.ID())
}

func TestShortSecret(t *testing.T) {
	_, err := seal.New([]byte("short secret"))
	require.Error(t, err)
	require.NotContains(t, err.Error(), "short secret")
}

func TestKeyShowsNothing(t *testing.T) {
	k := key(t, 1)
	holder := struct{ Key *seal.Key }{k}
	encoded, err := json.Marshal(holder)
	require.NoError(t, err)
	shown := string(encoded) + fmt.Sprintf("%v %+v %#v %s %x %d %v", k, k, k, k, k, k, holder)
	require.Contains(t, shown, k.Public().ID())
	require.NotContains(t, shown, hex.EncodeToString(bytes.Repeat([]byte{1}, 8)))
}

func FuzzOpen(f *testing.F) {
	k, err := seal.New(secret())
	require.NoError(f, err)
	f.Add(known)
	f.Add("<sealed:AQ>")
	f.Add("<sealed:>")
	f.Add(deploy.Sealed(strings.Repeat("AQ", 100)))
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := k.Open("demo", text)
		if err == nil && (text != known || string(plain) != "correct horse") {
			t.Fatalf("%q opens as %q", text, plain)
		}
	})
}

func FuzzParsePublic(f *testing.F) {
	f.Add(key(f, 1).Public().String())
	f.Add("aiolos-seal-1:")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := seal.ParsePublic(text)
		if err == nil && p.String() != text {
			t.Fatalf("%q reads as %q", text, p)
		}
	})
}
