package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"aiolos/deploy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// site is a server of the test's own; it counts what it is asked for.
func site(t *testing.T, handle http.HandlerFunc) (url string, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		handle(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestGet(t *testing.T) {
	content := []byte("#!/bin/sh\necho start\x00\xff\n")
	url, asked := site(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/start", r.URL.Path)
		require.Empty(t, r.Header.Get("Accept-Encoding"), "what is pinned are the bytes as anybody gets them")
		_, _ = w.Write(content)
	})
	f := New(Options{})
	got, sum, err := f.Get(t.Context(), url+"/start", "")
	require.NoError(t, err)
	require.Equal(t, content, got)
	require.Equal(t, digest(content), sum)
	got[0] = 'x'

	again, _, err := f.Get(t.Context(), url+"/start", strings.ToUpper(sum))
	require.NoError(t, err)
	require.Equal(t, content, again, "what a caller does to its copy is its own business")
	require.EqualValues(t, 1, asked.Load(), "what is pinned comes from memory")
	_, _, err = f.Get(t.Context(), url+"/start", "")
	require.NoError(t, err)
	require.EqualValues(t, 2, asked.Load(), "what is not pinned does not")
}

func TestChangedContent(t *testing.T) {
	url, _ := site(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("new")) })
	got, _, err := New(Options{}).Get(t.Context(), url+"/f?token=hush", digest([]byte("old")))
	require.Nil(t, got)
	var changed *DigestError
	require.ErrorAs(t, err, &changed)
	require.Equal(t, digest([]byte("old")), changed.Want)
	require.Equal(t, digest([]byte("new")), changed.Got)
	require.Equal(t, deploy.KindSource, changed.Kind())
	require.NotContains(t, err.Error(), "hush")
}

func TestOneFetchForManyNodes(t *testing.T) {
	gate := make(chan struct{})
	url, asked := site(t, func(w http.ResponseWriter, _ *http.Request) {
		<-gate
		_, _ = w.Write([]byte("content"))
	})
	f := New(Options{})
	var wg sync.WaitGroup
	for i := range 100 {
		want := digest([]byte("content"))
		if i%2 == 0 {
			want = ""
		}
		wg.Go(func() {
			got, _, err := f.Get(t.Context(), url, want)
			if err != nil || string(got) != "content" {
				t.Error(err)
			}
		})
	}
	require.Eventually(t, func() bool { return asked.Load() == 1 }, 5*time.Second, time.Millisecond)
	time.Sleep(20 * time.Millisecond)
	close(gate)
	wg.Wait()
	require.EqualValues(t, 1, asked.Load())
}

// The one who came first goes away; those who wait with it get the file.
func TestFirstCallerGoesAway(t *testing.T) {
	gate := make(chan struct{})
	url, asked := site(t, func(w http.ResponseWriter, _ *http.Request) {
		<-gate
		_, _ = w.Write([]byte("content"))
	})
	f := New(Options{})
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() { _, _, err := f.Get(ctx, url, ""); first <- err }()
	require.Eventually(t, func() bool { return asked.Load() == 1 }, 5*time.Second, time.Millisecond)
	second := make(chan error)
	go func() { _, _, err := f.Get(t.Context(), url, ""); second <- err }()
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)
	close(gate)
	require.NoError(t, <-second)
}

func TestStatus(t *testing.T) {
	for status, temporary := range map[int]bool{
		200 + 4: false, 206: false, 304: false, 400: false, 401: false, 403: false, 404: false, 410: false,
		408: true, 429: true, 500: true, 502: true, 503: true, 599: true,
	} {
		url, _ := site(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		_, _, err := New(Options{}).Get(t.Context(), url, "")
		var failed *GetError
		require.ErrorAs(t, err, &failed, "%d", status)
		require.Equal(t, status, failed.Status)
		require.Equal(t, temporary, failed.Temporary(), "%d", status)
		require.Equal(t, deploy.KindSource, failed.Kind())
		require.ErrorContains(t, err, fmt.Sprint(status))
	}
}

func TestSizeIsBounded(t *testing.T) {
	exact := bytes.Repeat([]byte("x"), 1000)
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		large  bool
	}{
		"exact":    {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(exact) }, false},
		"declared": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1001") }, true},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(exact); err != nil {
					return
				}
			}
		}, true},
	} {
		url, _ := site(t, c.handle)
		got, _, err := New(Options{Limit: 1000}).Get(t.Context(), url, "")
		if !c.large {
			require.NoError(t, err, name)
			require.Equal(t, exact, got)
			continue
		}
		var large *SizeError
		require.ErrorAs(t, err, &large, name)
		require.EqualValues(t, 1000, large.Limit)
		require.Equal(t, deploy.KindSource, large.Kind())
	}
}

func TestSlowServer(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"body stalls": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("half"))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	} {
		url, _ := site(t, handle)
		_, _, err := New(Options{Timeout: 200 * time.Millisecond}).Get(t.Context(), url, "")
		var failed *GetError
		require.ErrorAs(t, err, &failed, name)
		require.True(t, failed.Temporary(), name)

		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, _, err = New(Options{Timeout: 500 * time.Millisecond}).Get(ctx, url, "")
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded, name)
	}
}

func TestBodyIsCutOff(t *testing.T) {
	url, _ := site(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
		panic(http.ErrAbortHandler)
	})
	_, _, err := New(Options{}).Get(t.Context(), url, "")
	var failed *GetError
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.Temporary())
}

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of each handshake that is meant to fail
	s.StartTLS()
	defer s.Close()
	_, _, err := New(Options{}).Get(t.Context(), s.URL, "")
	var failed *GetError
	require.ErrorAs(t, err, &failed)
	require.False(t, failed.Temporary())
	require.ErrorContains(t, err, "certificate")

	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	got, _, err := New(Options{Roots: roots}).Get(t.Context(), s.URL, "")
	require.NoError(t, err)
	require.Equal(t, "x", string(got))

	// The certificate is for example.com and 127.0.0.1, and not for localhost.
	_, _, err = New(Options{Roots: roots}).Get(t.Context(), strings.Replace(s.URL, "127.0.0.1", "localhost", 1), "")
	require.ErrorAs(t, err, &failed)
	require.False(t, failed.Temporary())

	plain, _ := site(t, func(http.ResponseWriter, *http.Request) {})
	_, _, err = New(Options{}).Get(t.Context(), strings.Replace(plain, "http:", "https:", 1), "")
	require.ErrorAs(t, err, &failed)
	require.False(t, failed.Temporary())
	require.ErrorContains(t, err, "does not speak TLS")
}

func TestRedirects(t *testing.T) {
	var to func(r *http.Request) string
	url, asked := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/end" {
			require.Empty(t, r.Header.Get("Referer"))
			_, _ = w.Write([]byte("end"))
			return
		}
		w.Header().Set("Location", to(r))
		w.WriteHeader(http.StatusFound)
	})
	to = func(*http.Request) string { return "/end" }
	got, _, err := New(Options{}).Get(t.Context(), url+"/begin?token=hush", "")
	require.NoError(t, err)
	require.Equal(t, "end", string(got))

	for place, words := range map[string]string{
		"/loop":                              "redirects",
		"ftp://example.org/f":                "http or https",
		"file:///etc/passwd":                 "http or https",
		"http://169.254.169.254/latest":      "metadata",
		"http://[::ffff:169.254.169.254]/":   "metadata",
		"http://[fd00:ec2::254]/latest":      "metadata",
		"http://[fe80::1%25lo]/":             "metadata",
		"http://u:hush@[bad":                 "no URL",
		"http://u:hush%zz@example.org/?hush": "no URL",
	} {
		to = func(*http.Request) string { return place }
		asked.Store(0)
		_, _, err = New(Options{}).Get(t.Context(), url+"/begin?token=hush", "")
		var failed *GetError
		require.ErrorAs(t, err, &failed, place)
		require.ErrorContains(t, err, words)
		require.False(t, failed.Temporary(), place)
		require.NotContains(t, err.Error(), "hush")
		require.LessOrEqual(t, asked.Load(), int32(maxRedirects+1))
	}
}

func TestNeverFromHTTPSToHTTP(t *testing.T) {
	plain, asked := site(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) })
	s := httptest.NewTLSServer(http.RedirectHandler(plain, http.StatusMovedPermanently))
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	_, _, err := New(Options{Roots: roots}).Get(t.Context(), s.URL, "")
	require.ErrorContains(t, err, "from https to http")
	require.Zero(t, asked.Load())
}

func TestCredentialsAreNotShown(t *testing.T) {
	url, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		require.Equal(t, "me hush-7261", user+" "+password)
		w.WriteHeader(http.StatusForbidden)
	})
	secret := strings.Replace(url, "http://", "http://me:hush-7261@", 1) + "/f?sig=hush-7261#hush-7261"
	_, _, err := New(Options{}).Get(t.Context(), secret, "")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hush-7261")
	require.ErrorContains(t, err, url+"/f?…")

	// Nothing listens there.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	_, _, err = New(Options{}).Get(t.Context(), "http://me:hush-7261@"+l.Addr().String()+"/?hush-7261", "")
	var failed *GetError
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.Temporary())
	require.NotContains(t, err.Error(), "hush-7261")
	require.ErrorContains(t, err, "refused")
}

func TestWrongInput(t *testing.T) {
	for _, url := range []string{
		"", "x", "/etc/passwd", "file:///etc/passwd", "ftp://example.org/", "http://", "http:hush", "https:///x", "HTTP//x",
		"http://u:hush@[bad/", "http://exa mple.org/", "http://example.org/\n", "http://" + strings.Repeat("hush", 2000),
		"http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://0.0.0.0/", "ssh://u:hush@h/?hush",
	} {
		_, _, err := New(Options{}).Get(t.Context(), url, "")
		var wrong *InputError
		require.ErrorAs(t, err, &wrong, "%.60q", url)
		require.Equal(t, "url", wrong.Field)
		require.Equal(t, deploy.KindInvalidRequest, wrong.Kind())
		require.NotContains(t, err.Error(), "hush")
		require.Less(t, len(err.Error()), 500)
	}
	for _, sum := range []string{"x", strings.Repeat("g", 64), strings.Repeat("a", 63), strings.Repeat("a", 65), strings.Repeat("a", 64) + "\n"} {
		_, _, err := New(Options{}).Get(t.Context(), "http://example.org/", sum)
		var wrong *InputError
		require.ErrorAs(t, err, &wrong, "%q", sum)
		require.Equal(t, "sha256", wrong.Field)
	}
}

func TestNamesThatLeadToTheMetadata(t *testing.T) {
	for _, a := range []string{"169.254.169.254", "::ffff:169.254.169.254", "fe80::1%lo", "fd00:ec2::254", "224.0.0.1", "::", "0.0.0.0"} {
		require.Error(t, checkAddress(netip.MustParseAddr(a)), a)
	}
	for _, a := range []string{"10.0.0.1", "127.0.0.1", "192.0.2.1", "fd00:ec2::253", "2001:db8::1"} {
		require.NoError(t, checkAddress(netip.MustParseAddr(a)), a)
	}
	// The dialer is what a name's address goes through.
	_, err := transport(nil).DialContext(t.Context(), "tcp", "169.254.169.254:80")
	var refused *redirectError
	require.ErrorAs(t, err, &refused)
}

func TestCacheIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCache(10)
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			content := []byte(rapid.StringN(0, 12, 12).Draw(t, "content"))
			name := digest(content)
			if rapid.Bool().Draw(t, "get") {
				if got, ok := c.get(name); ok {
					require.Equal(t, name, digest(got))
				}
				continue
			}
			c.put(name, content)
			_, ok := c.get(name)
			require.Equal(t, len(content) <= 10, ok, "the latest is there")
			sum := int64(0)
			for e := c.order.Front(); e != nil; e = e.Next() {
				sum += int64(len(e.Value.(entry).content))
			}
			require.Equal(t, sum, c.size)
			require.LessOrEqual(t, sum, int64(10))
			require.Len(t, c.at, c.order.Len())
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"http://a/b", "https://u:p@h:1/x?q#f", "http:x", "://", "http://[::1]/", "http://h/\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := parse(text)
		if err != nil {
			if len(err.Error()) > 2000 {
				t.Fatal(len(err.Error()))
			}
			return
		}
		if !strings.HasPrefix(at.shown, "http") || strings.Contains(at.shown, "@") && !strings.Contains(text, "/") {
			t.Fatalf("%q is shown as %q", text, at.shown)
		}
	})
}
