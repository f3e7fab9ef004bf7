package codec_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/encoding/protojson"

	"aiolos/codec"
)

const (
	page  = "https://temporal.example.org:8443"
	token = "a-token-of-at-least-thirty-two-bytes"
)

// body is a request with one payload, encrypted with a key.
func body(t *testing.T, text string) string {
	encoded, err := codec.New(keys(t, text)).Encode([]*commonpb.Payload{
		{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`"hush"`)},
		{Data: []byte("more")},
	})
	require.NoError(t, err)
	b, err := protojson.Marshal(&commonpb.Payloads{Payloads: encoded})
	require.NoError(t, err)
	return string(b)
}

func TestHandler(t *testing.T) {
	verify, err := codec.Token(token)
	require.NoError(t, err)
	good := body(t, line("k1", 1))
	for _, c := range []struct {
		name, method, path, body string
		header                   map[string]string // "-" takes one away
		from, host               string
		open, encode             bool // without tokens; with /encode
		status                   int
		says                     string
		origin                   bool // the page may read the answer
	}{
		{name: "decode", status: 200},
		{name: "below the namespace", path: "/default/decode", status: 200},
		{name: "with a query", path: "/decode?preserveStorageRefs=true", status: 200},
		{name: "page", header: map[string]string{"Origin": page}, status: 200, origin: true},
		{name: "scheme in any case", header: map[string]string{"Authorization": "bearer " + token}, status: 200},
		{name: "charset", header: map[string]string{"Content-Type": "application/json; charset=utf-8"}, status: 200},
		{name: "no payloads", body: "{}", status: 200},
		{name: "a field of later", body: `{"payloads": [], "later": 1}`, status: 200},
		{name: "may a page ask", method: "OPTIONS", header: map[string]string{"Origin": page, "Authorization": "-", "Access-Control-Request-Method": "POST"}, status: 204, origin: true},
		{name: "this machine, open", open: true, header: map[string]string{"Authorization": "-"}, status: 200},
		{name: "this machine, open, IPv6", open: true, from: "[::1]:4711", host: "[::1]:8081", status: 200},
		{name: "this machine, open, page", open: true, header: map[string]string{"Origin": page}, status: 200, origin: true},
		{name: "encode", encode: true, path: "/encode", body: `{"payloads": [{"data": "aHVzaA=="}]}`, status: 200},

		{name: "no token", header: map[string]string{"Authorization": "-"}, status: 401},
		{name: "wrong token", header: map[string]string{"Authorization": "Bearer " + token[1:]}, status: 401},
		{name: "wrong scheme", header: map[string]string{"Authorization": "Basic " + token}, status: 401},
		{name: "wrong token, page", header: map[string]string{"Origin": page, "Authorization": "Bearer x"}, status: 401, origin: true},
		{name: "other page", header: map[string]string{"Origin": "https://evil.example"}, status: 403, says: "web page"},
		{name: "no origin at all", header: map[string]string{"Origin": "null"}, status: 403},
		{name: "other page asks", method: "OPTIONS", header: map[string]string{"Origin": "https://temporal.example.org", "Access-Control-Request-Method": "POST"}, status: 403},
		{name: "other machine, open", open: true, from: "192.0.2.1:4711", status: 403, says: "this machine"},
		{name: "other machine asks, open", open: true, method: "OPTIONS", header: map[string]string{"Origin": page, "Access-Control-Request-Method": "POST"}, from: "192.0.2.1:4711", status: 403, origin: true},
		{name: "other name, open", open: true, host: "evil.example:8081", status: 403, says: "localhost"},
		{name: "proxy, open", open: true, header: map[string]string{"X-Forwarded-For": "192.0.2.1"}, status: 403, says: "proxy"},

		{name: "no encode", path: "/encode", status: 404},
		{name: "root", path: "/", status: 404},
		{name: "get", method: "GET", status: 405},
		{name: "options without a question", method: "OPTIONS", status: 405},
		{name: "content type", header: map[string]string{"Content-Type": "text/plain"}, status: 415},
		{name: "no content type", header: map[string]string{"Content-Type": "-"}, status: 415},
		{name: "no JSON", body: "hush", status: 400},
		{name: "other JSON", body: `{"payloads": "hush"}`, status: 400},
		{name: "null", body: `{"payloads": [null]}`, status: 400},
		{name: "unknown key", body: body(t, line("k9", 9)), status: 400, says: `"k9"`},
		{name: "damaged", body: body(t, line("k1", 2)), status: 400, says: "damaged"},
		{name: "too large", body: `{"payloads": [{"data": "` + strings.Repeat("A", codec.MaxBody) + `"}]}`, status: 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			o := codec.HandlerOptions{Origins: []string{page}, Verify: verify, Encode: c.encode, Log: slog.New(slog.NewTextHandler(&log, nil))}
			if c.open {
				o.Verify = nil
			}
			cod := codec.New(keys(t, line("k1", 1)))
			h, err := codec.Handler(cod, o)
			require.NoError(t, err)
			r := httptest.NewRequest(or(c.method, "POST"), or(c.path, "/decode"), strings.NewReader(or(c.body, good)))
			r.RemoteAddr, r.Host = or(c.from, "127.0.0.1:4711"), or(c.host, "localhost:8081")
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", "application/json")
			for name, value := range c.header {
				r.Header.Set(name, value)
				if value == "-" {
					r.Header.Del(name)
				}
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			require.Equal(t, c.status, w.Code, "%s", w.Body)
			require.Contains(t, w.Body.String(), c.says)
			require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			require.Equal(t, c.origin, w.Header().Get("Access-Control-Allow-Origin") == page)
			if c.status != 404 {
				require.Contains(t, w.Header().Values("Vary"), "Origin")
			}
			require.NotContains(t, log.String(), token)
			require.Equal(t, c.status == 401 || c.status == 403, log.Len() > 0)
			if c.status != 200 {
				require.NotContains(t, w.Body.String()+log.String(), "hush")
				return
			}
			var got commonpb.Payloads
			require.NoError(t, protojson.Unmarshal(w.Body.Bytes(), &got))
			switch {
			case c.encode:
				require.NotContains(t, string(got.Payloads[0].Data), "hush")
				back, err := cod.Decode(got.Payloads)
				require.NoError(t, err)
				require.Equal(t, "hush", string(back[0].Data))
			case c.body == "":
				require.Len(t, got.Payloads, 2)
				require.Equal(t, `"hush"`, string(got.Payloads[0].Data))
			}
		})
	}
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// TestHandlerServesTheSDK has the SDK's own client of codec servers speak to it.
func TestHandlerServesTheSDK(t *testing.T) {
	h, err := codec.Handler(codec.New(keys(t, line("k1", 1))), codec.HandlerOptions{Encode: true})
	require.NoError(t, err)
	server := httptest.NewServer(h)
	defer server.Close()
	remote := converter.NewCodecDataConverter(converter.GetDefaultDataConverter(),
		converter.NewRemotePayloadCodec(converter.RemotePayloadCodecOptions{Endpoint: server.URL + "/default"}))
	encoded, err := remote.ToPayload("hush")
	require.NoError(t, err)
	require.NotContains(t, encoded.String(), "hush")
	var text string
	require.NoError(t, remote.FromPayload(encoded, &text))
	require.Equal(t, "hush", text)

	answer, err := http.Get(server.URL + "/decode")
	require.NoError(t, err)
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode)
}

func TestHandlerRefusesOrigins(t *testing.T) {
	for _, origin := range []string{"", "*", "https://*.example.org", "example.org", "https://", "https://a/", "https://a/b", "ftp://a", "HTTPS://a", "https://A", "https://u@a", "https://a:443", "http://a:80", "https://a:", "null"} {
		_, err := codec.Handler(nil, codec.HandlerOptions{Origins: []string{origin}})
		var wrong *codec.OriginError
		require.ErrorAs(t, err, &wrong, "%q", origin)
		require.Equal(t, origin, wrong.Origin)
	}
	for _, origin := range []string{"https://a", "http://localhost:8233", "http://[::1]:8233", "http://a:443"} {
		_, err := codec.Handler(codec.New(nil), codec.HandlerOptions{Origins: []string{origin}})
		require.NoError(t, err, "%q", origin)
	}
}

func TestTokenRefusesShortOnes(t *testing.T) {
	_, err := codec.Token(token[:31])
	require.ErrorIs(t, err, codec.ErrShortToken)
	require.NotContains(t, err.Error(), token[:31])
}
