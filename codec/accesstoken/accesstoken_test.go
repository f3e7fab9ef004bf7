package accesstoken_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"aiolos/codec"
	"aiolos/codec/accesstoken"
)

// issuer publishes keys as those do who log people in.
type issuer struct {
	*httptest.Server
	keys []jose.JSONWebKey
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.URL, "jwks_uri": i.URL + "/keys"})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: i.keys})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

// key makes a key pair and publishes it.
func (i *issuer) key(t *testing.T, id string) jose.SigningKey {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	i.keys = append(i.keys, jose.JSONWebKey{Key: private.Public(), KeyID: id, Algorithm: "ES256", Use: "sig"})
	return jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: private, KeyID: id}}
}

func sign(t *testing.T, key jose.SigningKey, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(key, nil)
	require.NoError(t, err)
	text, err := json.Marshal(claims)
	require.NoError(t, err)
	signed, err := signer.Sign(text)
	require.NoError(t, err)
	token, err := signed.CompactSerialize()
	require.NoError(t, err)
	return token
}

func TestVerify(t *testing.T) {
	i := newIssuer(t)
	key := i.key(t, "1")
	verify, err := accesstoken.New(t.Context(), accesstoken.Options{Issuer: i.URL, Audience: "codec", Claim: "groups", Value: "operators"})
	require.NoError(t, err)
	good := func(with ...any) map[string]any {
		claims := map[string]any{"iss": i.URL, "aud": "codec", "sub": "anna", "exp": time.Now().Add(time.Minute).Unix(), "groups": []string{"a", "operators"}}
		for n := 0; n < len(with); n += 2 {
			claims[with[n].(string)] = with[n+1]
		}
		return claims
	}
	stranger := newIssuer(t).key(t, "1")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(sign(t, key, good()), ".")[1] + "."
	for name, c := range map[string]struct {
		token string
		right bool
	}{
		"right":               {sign(t, key, good()), true},
		"several audiences":   {sign(t, key, good("aud", []string{"ui", "codec"})), true},
		"one group":           {sign(t, key, good("groups", "operators")), true},
		"words":               {sign(t, key, good("groups", "a operators b")), true},
		"key of later":        {sign(t, i.key(t, "2"), good()), true},
		"other audience":      {sign(t, key, good("aud", "ui")), false},
		"no audience":         {sign(t, key, good("aud", nil)), false},
		"other issuer":        {sign(t, key, good("iss", "https://other.example")), false},
		"expired":             {sign(t, key, good("exp", time.Now().Add(-time.Minute).Unix())), false},
		"without an end":      {sign(t, key, good("exp", nil)), false},
		"not yet":             {sign(t, key, good("nbf", time.Now().Add(time.Hour).Unix())), false},
		"other groups":        {sign(t, key, good("groups", []string{"operator"})), false},
		"no groups":           {sign(t, key, good("groups", nil)), false},
		"part of a group":     {sign(t, key, good("groups", "operators-not")), false},
		"stranger's key":      {sign(t, stranger, good()), false},
		"no signature at all": {none, false},
		"shared key":          {sign(t, jose.SigningKey{Algorithm: jose.HS256, Key: []byte(strings.Repeat("k", 32))}, good()), false},
		"no token":            {"hush", false},
		"nothing":             {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			err := verify(t.Context(), c.token)
			if c.right {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			if c.token != "" {
				require.NotContains(t, err.Error(), c.token)
			}
		})
	}
	var claim *accesstoken.ClaimError
	require.ErrorAs(t, verify(t.Context(), sign(t, key, good("groups", "a"))), &claim)
	require.Equal(t, &accesstoken.ClaimError{Subject: "anna", Claim: "groups", Value: "operators"}, claim)

	// It is what a codec server takes.
	_, err = codec.Handler(nil, codec.HandlerOptions{Verify: verify})
	require.NoError(t, err)
}

func TestNewRefuses(t *testing.T) {
	i := newIssuer(t)
	for _, o := range []accesstoken.Options{
		{}, {Issuer: i.URL}, {Audience: "codec"}, {Issuer: i.URL, Audience: "codec", Claim: "groups"}, {Issuer: i.URL, Audience: "codec", Value: "x"},
	} {
		_, err := accesstoken.New(t.Context(), o)
		require.ErrorIs(t, err, accesstoken.ErrOptions)
	}
	_, err := accesstoken.New(t.Context(), accesstoken.Options{Issuer: i.URL + "/other", Audience: "codec"})
	require.ErrorContains(t, err, "the issuer of access tokens, "+i.URL+"/other: ")
	_, err = accesstoken.New(t.Context(), accesstoken.Options{Issuer: i.URL, Audience: "codec"})
	require.NoError(t, err, "a claim is not needed")
}
