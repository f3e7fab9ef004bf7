// Package fetch reads files from the web for nodes: verified, bounded, and the same
// for all of them.
//
// Plain http is taken, since old blueprints name such URLs: what comes first is
// pinned by its digest in the plan, and from then on nothing else is taken.
package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"
)

// What Options leave out.
const (
	DefaultLimit      = 1 << 20
	DefaultTimeout    = time.Minute
	DefaultCacheBytes = 32 << 20
)

// Options say how much a Fetcher takes. A zero field means the default.
type Options struct {
	// Limit bounds one file, in bytes.
	Limit int64
	// Timeout bounds one file, redirects included.
	Timeout time.Duration
	// CacheBytes bounds what is kept of files that were fetched.
	CacheBytes int64
	// Roots are whom to trust for https; nil means those of the system.
	Roots *x509.CertPool
}

// Fetcher gets files by URL. It is safe for concurrent use.
type Fetcher struct {
	client  *http.Client
	limit   int64
	timeout time.Duration
	flights singleflight.Group
	cache   *cache
}

// New makes a Fetcher. Proxies are those of the process's environment.
func New(o Options) *Fetcher {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = DefaultCacheBytes
	}
	return &Fetcher{
		client: &http.Client{Transport: transport(o.Roots), CheckRedirect: checkRedirect},
		limit:  o.Limit, timeout: o.Timeout, cache: newCache(o.CacheBytes),
	}
}

var digestPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Get returns the file at a URL and its SHA-256 in hex. If wantSHA256 is given, the
// file is that one or there is an error; one that was fetched lately comes from
// memory then. Without it, the URL is always asked, once for all who ask at the
// same time.
//
// Errors are *InputError, *GetError, *SizeError and *DigestError, or that of ctx.
func (f *Fetcher) Get(ctx context.Context, url, wantSHA256 string) (content []byte, sha256Hex string, err error) {
	at, err := parse(url)
	if err != nil {
		return nil, "", err
	}
	want := strings.ToLower(wantSHA256)
	if want != "" {
		if !digestPattern.MatchString(want) {
			return nil, "", &InputError{Field: "sha256", Value: shorten(wantSHA256), Allowed: "64 hexadecimal digits"}
		}
		if content, ok := f.cache.get(want); ok {
			return content, want, nil
		}
	}
	// Whoever came first may go away while others wait, so the fetch has a time of
	// its own.
	flight := f.flights.DoChan(url, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.timeout)
		defer cancel()
		content, err := f.fetch(ctx, at)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(content)
		got := fetched{content, hex.EncodeToString(sum[:])}
		f.cache.put(got.sha256, content)
		return got, nil
	})
	select {
	case <-ctx.Done():
		return nil, "", ctx.Err()
	case done := <-flight:
		if done.Err != nil {
			return nil, "", done.Err
		}
		got := done.Val.(fetched)
		if want != "" && got.sha256 != want {
			return nil, "", &DigestError{URL: at.shown, Want: want, Got: got.sha256}
		}
		// Others may hold the same bytes.
		return bytes.Clone(got.content), got.sha256, nil
	}
}

type fetched struct {
	content []byte
	sha256  string
}

// fetch asks the server.
func (f *Fetcher) fetch(ctx context.Context, at address) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.raw, http.NoBody)
	if err != nil {
		return nil, at.failed(err)
	}
	req.Header.Set("User-Agent", "aiolos")
	answer, err := f.client.Do(req)
	if err != nil {
		return nil, at.failed(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, at.refused(answer.StatusCode)
	}
	if answer.ContentLength > f.limit {
		return nil, &SizeError{URL: at.shown, Limit: f.limit}
	}
	content, err := io.ReadAll(io.LimitReader(answer.Body, f.limit+1))
	switch {
	case int64(len(content)) > f.limit:
		return nil, &SizeError{URL: at.shown, Limit: f.limit}
	case errors.Is(err, context.DeadlineExceeded):
		return nil, &GetError{URL: at.shown, Reason: "it did not come within " + f.timeout.String(), temporary: true}
	case err != nil:
		return nil, at.failed(err)
	}
	return content, nil
}
