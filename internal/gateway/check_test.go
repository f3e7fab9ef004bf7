package gateway_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/gateway"
)

// TestCheck tells the gateway from what may stand in its place.
func TestCheck(t *testing.T) {
	serve := func(h http.Handler) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	other := func(status int) string {
		return serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	}
	real := serve(gateway.New(verify, nil, slog.New(slog.DiscardHandler)))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, c := range map[string]struct {
		url     string
		verdict deploy.Verdict
		found   string
	}{
		"gateway":       {real, deploy.VerdictOK, "answers at " + real},
		"with a slash":  {real + "/", deploy.VerdictOK, "answers"},
		"none":          {"", deploy.VerdictFailed, "no URL"},
		"no URL":        {"http://a b", deploy.VerdictFailed, "a b"},
		"nobody":        {gone.URL, deploy.VerdictFailed, "refused"},
		"wrong path":    {real + "/x", deploy.VerdictFailed, "404"},
		"anything":      {other(200), deploy.VerdictFailed, "200"},
		"no method":     {other(405), deploy.VerdictFailed, "405"},
		"login page":    {serve(http.RedirectHandler("http://example.com", http.StatusFound)), deploy.VerdictFailed, "302"},
		"broken behind": {other(502), deploy.VerdictFailed, "502"},
	} {
		t.Run(name, func(t *testing.T) {
			got := gateway.Check(c.url)(t.Context())
			require.Equal(t, c.verdict, got.Verdict, "%+v", got)
			require.Contains(t, got.Found, c.found)
			require.Equal(t, c.verdict == deploy.VerdictOK, got.Advice == "")
		})
	}
}
