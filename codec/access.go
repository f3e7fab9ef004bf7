package codec

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"aiolos/internal/trust"
)

// MinToken is the least length of a token for Token, in bytes.
const MinToken = 32

// ErrShortToken says that a token could be guessed.
var ErrShortToken = errors.New("a codec server's token is too short: allowed are at least 32 bytes")

// ErrToken says that a token is missing or is another one.
var ErrToken = errors.New("no token, or another one")

// Token makes a HandlerOptions.Verify of one token that all share, as the command
// line sends it (--codec-auth "Bearer TOKEN"). A short one gives ErrShortToken.
//
// The UI sends its user's own access token, which only its issuer can tell to be
// right: package accesstoken is for those.
func Token(token string) (func(context.Context, string) error, error) {
	if len(token) < MinToken {
		return nil, ErrShortToken
	}
	want := sha256.Sum256([]byte(token))
	return func(_ context.Context, given string) error {
		// Of hashes, so that the length cannot be measured either.
		sum := sha256.Sum256([]byte(given))
		if subtle.ConstantTimeCompare(want[:], sum[:]) != 1 {
			return ErrToken
		}
		return nil
	}, nil
}

// OriginError says that a text names no origin.
type OriginError struct{ Origin string }

func (e *OriginError) Error() string {
	return fmt.Sprintf("origin %q: allowed is a scheme and a host, and a port where it is not the scheme's own, such as https://temporal.example.org", e.Origin)
}

func readOrigins(texts []string) (map[string]bool, error) {
	origins := make(map[string]bool, len(texts))
	for _, text := range texts {
		u, err := url.Parse(text)
		// Browsers send the shortest form, in lower case. What differs from it would
		// never match.
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil || strings.HasSuffix(u.Host, ":") ||
			text != u.Scheme+"://"+strings.ToLower(u.Host) || strings.Contains(text, "*") ||
			u.Port() == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
			return nil, &OriginError{Origin: text}
		}
		origins[text] = true
	}
	return origins, nil
}

// crossOrigin sets what a browser wants to be told (Fetch Standard, CORS), and
// says whether it only asks if it may ask.
func (h *handler) crossOrigin(w http.ResponseWriter, r *http.Request) (asking bool, err error) {
	w.Header().Add("Vary", "Origin")
	asking = r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	origin := r.Header.Get("Origin")
	if origin == "" {
		return asking, nil // no browser
	}
	if !h.origins[origin] {
		return asking, &refusal{status: http.StatusForbidden, message: "this web page may not ask"}
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	if asking {
		w.Header().Set("Access-Control-Allow-Methods", http.MethodPost)
		w.Header().Set("Access-Control-Allow-Headers", "Authorization, Authorization-Extras, Content-Type, X-Namespace")
		w.Header().Set("Access-Control-Max-Age", "600") // seconds
	}
	return asking, nil
}

// authorize says why a request may not be answered.
func (h *handler) authorize(r *http.Request) error {
	token, ok := trust.Bearer(r)
	if !ok {
		return ErrToken
	}
	return h.verify(r.Context(), token)
}

// local refuses requests of other machines. A name that somebody else made point
// to this machine is no reason to answer, nor is a proxy that runs on it.
func local(r *http.Request) error {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !loopback(host) {
		return &refusal{status: http.StatusForbidden, message: "without tokens only this machine may ask"}
	}
	name := r.Host
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	name = strings.Trim(name, "[]")
	if !strings.EqualFold(name, "localhost") && !loopback(name) {
		return &refusal{status: http.StatusForbidden, message: "without tokens this server answers as localhost only"}
	}
	for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(header) != "" {
			return &refusal{status: http.StatusForbidden, message: "without tokens no proxy may ask"}
		}
	}
	return nil
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
