package docker

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/nodeimage"
	"aiolos/internal/providertest"
)

// TestContract holds the provider against what all of them have to fulfil.
func TestContract(t *testing.T) {
	l := newLab(t, nodeimage.Lab)
	every := 7
	if os.Getenv("AIOLOS_ALL_FAULTS") == "1" {
		every = 1
	}
	providertest.Run(t, providertest.Subject{
		Faults: true, Every: every,
		New: l.fixture,
	})
}

// fixture is a provider whose calls to the engine can be made to go wrong.
func (l lab) fixture(t *testing.T) providertest.Fixture {
	t.Helper()
	relay := newRelay(t)
	p, err := New(Config{Host: relay.host, Lab: l.name, Network: l.name, Profiles: l.profiles})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return providertest.Fixture{
		Provider: p, Profile: "small", UserData: []byte("#cloud-config\n{}\n"),
		Disks:  []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 1}},
		Faults: relay,
		Machines: func(t *testing.T, deployment string) int {
			found, err := l.list(context.Background(), deployment)
			require.NoError(t, err)
			return len(found)
		},
		Leftovers: l.diskFiles,
	}
}

// diskFiles are the files behind a deployment's disks. Loop devices would tell less:
// those of other labs look alike.
func (l lab) diskFiles(t *testing.T, deployment string) []string {
	t.Helper()
	volume, err := l.cli.VolumeInspect(context.Background(), volumeName(l.name), client.VolumeInspectOptions{})
	if errdefs.IsNotFound(err) {
		return nil
	}
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(volume.Volume.Mountpoint, diskPrefix(deployment)+"*"))
	require.NoError(t, err)
	return files
}

// relay stands between a provider and the engine.
type relay struct {
	host string

	mu     sync.Mutex
	left   int
	after  bool
	failed bool
}

// newRelay starts one, on a socket whose path is short enough.
func newRelay(t *testing.T) *relay {
	t.Helper()
	engine, err := Connect("")
	require.NoError(t, err)
	dir, err := os.MkdirTemp("", "relay")
	require.NoError(t, err)
	socket := filepath.Join(dir, "s")
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", socket)
	require.NoError(t, err)
	r := &relay{host: "unix://" + socket}
	dial := engine.Dialer()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }}
	server := &http.Server{Handler: r.through(&httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1,
		Rewrite: func(p *httputil.ProxyRequest) { p.Out.URL.Scheme, p.Out.URL.Host = "http", "engine" },
		// What a client gave up is nobody's fault.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		<-done
		transport.CloseIdleConnections()
		require.NoError(t, engine.Close())
		require.NoError(t, os.RemoveAll(dir))
	})
	return r
}

// Fail has the n-th call from now on be lost, or its answer.
func (r *relay) Fail(n int, after bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left, r.after, r.failed = n, after, false
}

// Heal has all calls go right.
func (r *relay) Heal() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = 0
	return r.failed
}

// fails says whether it is this call's turn to be lost, and whether after its effect.
func (r *relay) fails() (now, after bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left == 0 {
		return false, false
	}
	r.left--
	r.failed = r.failed || r.left == 0
	return r.left == 0, r.after
}

func (r *relay) through(engine http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		// The client asks for the version of the API in its own time.
		if strings.HasSuffix(q.URL.Path, "/_ping") {
			engine.ServeHTTP(w, q)
			return
		}
		now, after := r.fails()
		if now && !after {
			panic(http.ErrAbortHandler)
		}
		if now {
			engine.ServeHTTP(&lost{header: http.Header{}}, q)
			panic(http.ErrAbortHandler)
		}
		engine.ServeHTTP(w, q)
	})
}

// lost takes an answer that nobody gets.
type lost struct{ header http.Header }

func (l *lost) Header() http.Header         { return l.header }
func (l *lost) Write(b []byte) (int, error) { return len(b), nil }
func (l *lost) WriteHeader(int)             {}
