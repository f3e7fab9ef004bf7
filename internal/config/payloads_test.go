package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/config"
)

func TestPayloads(t *testing.T) {
	got, err := config.Parse([]byte(least + `
payloads: {keys: "file:/etc/aiolos/payload-keys", required: true}
codec_server: {origins: ["https://temporal.example.org"], encode: true}
`))
	require.NoError(t, err)
	require.Equal(t, &config.Payloads{Keys: "file:/etc/aiolos/payload-keys", Required: true}, got.Payloads)
	require.Equal(t, &config.CodecServer{Listen: "127.0.0.1:7282", Origins: []string{"https://temporal.example.org"}, Encode: true}, got.CodecServer)

	const keys, reference = `payloads: {keys: "env:KEYS"}` + "\n", "a reference: file:/PATH, env:NAME, aws-sm:NAME or aws-ssm:NAME"
	for _, c := range []struct{ name, text, field, value, allowed string }{
		{"no keys", "payloads: {}", "payloads.keys", "", reference},
		{"not a reference", "payloads: {keys: k1 c2VjcmV0}", "payloads.keys", "", reference},
		{"not a bool", keys + "codec_server: {encode: sure}", "codec_server.encode", "sure", "true or false"},
		{"nothing to decrypt with", "codec_server: {}", "payloads", "", "payload keys where there is a codec_server"},
		{"open to all", keys + `codec_server: {listen: "0.0.0.0:7282"}`, "codec_server.listen", "0.0.0.0:7282", "an address of this machine's loopback, unless token or access_tokens is given"},
		{"two kinds of tokens", keys + `codec_server: {token: "env:T", access_tokens: {issuer: i, audience: a}}`, "codec_server.access_tokens", "both", "token or access_tokens"},
		{"a token in the open", keys + `codec_server: {token: hush}`, "codec_server.token", "", reference},
		{"no audience", keys + `codec_server: {access_tokens: {issuer: i}}`, "codec_server.access_tokens.audience", "", "what has to stand in a token's aud"},
		{"half a claim", keys + `codec_server: {access_tokens: {issuer: i, audience: a, claim: groups}}`, "codec_server.access_tokens.value", "", "a claim with its value, or neither"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := config.Parse([]byte(least + c.text))
			var invalid *deploy.InvalidError
			require.ErrorAs(t, err, &invalid)
			require.Len(t, invalid.Problems, 1)
			require.Equal(t, c.field, invalid.Problems[0].Field)
			require.Equal(t, c.allowed, invalid.Problems[0].Allowed)
			require.NotContains(t, err.Error(), "c2VjcmV0")
			require.NotContains(t, err.Error(), "hush")
			if c.value != "" {
				require.Equal(t, c.value, invalid.Problems[0].Value)
			}
		})
	}
}
