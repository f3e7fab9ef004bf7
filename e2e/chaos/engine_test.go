package chaos

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// engineFault says what becomes of calls of the engine's API.
type engineFault struct {
	method string
	path   *regexp.Regexp
	// times is how many calls it strikes.
	times int
	// effect: the engine does what it is asked before the fault.
	effect bool
	// hang is how long there is no answer; then the connection ends. Where it is 0,
	// the answer is an error of the engine's.
	hang time.Duration
}

// engineProxy stands between the worker and the Docker engine.
type engineProxy struct {
	mu     sync.Mutex
	faults []*engineFault
	struck int
	behind *httputil.ReverseProxy
}

func startEngineProxy(t *testing.T, socket string) *engineProxy {
	t.Helper()
	p := &engineProxy{behind: httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "engine"})}
	var dialer net.Dialer
	p.behind.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "unix", "/var/run/docker.sock")
	}}
	p.behind.FlushInterval = -1
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	require.NoError(t, err)
	server := &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-served, http.ErrServerClosed)
	})
	return p
}

func (p *engineProxy) fail(f engineFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, &f)
}

// clear forgets all faults, and returns how many calls they struck.
func (p *engineProxy) clear() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	struck := p.struck
	p.faults, p.struck = nil, 0
	return struck
}

func (p *engineProxy) fault(r *http.Request) *engineFault {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.faults {
		if f.times > 0 && f.method == r.Method && f.path.MatchString(r.URL.Path) {
			f.times--
			p.struck++
			return f
		}
	}
	return nil
}

func (p *engineProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := p.fault(r)
	if f == nil {
		p.behind.ServeHTTP(w, r)
		return
	}
	if f.effect {
		p.behind.ServeHTTP(httptest.NewRecorder(), r)
	}
	if f.hang == 0 {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(`{"message":"the engine is not well"}`))
		return
	}
	select {
	case <-time.After(f.hang):
	case <-r.Context().Done():
	}
	panic(http.ErrAbortHandler)
}
