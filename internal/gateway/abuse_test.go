package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/internal/gateway"
	"aiolos/internal/gateway/gatewaytest"
	"aiolos/internal/trust"
)

// lines is a log that several may write to.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// target is a gateway on loopback that knows real tokens.
type target struct {
	address string
	secret  trust.Secret
	log     lines
	taken   atomic.Int64
	stolen  atomic.Int64
}

func newTarget(t *testing.T, bounds gateway.Bounds) *target {
	t.Helper()
	secret, err := trust.Parse([]byte(strings.Repeat("5d", 32)))
	require.NoError(t, err)
	g := &target{secret: secret}
	ctx, stop := context.WithCancel(context.Background())
	bound, wait, err := gateway.ServeWithin(ctx, bounds, secret.VerifyToken, func(_ context.Context, s gateway.Signal) error {
		g.taken.Add(1)
		if s.Value != "true" {
			g.stolen.Add(1)
		}
		return nil
	}, slog.New(slog.NewJSONHandler(&g.log, nil)))
	require.NoError(t, err)
	g.address = bound[0].String()
	t.Cleanup(func() {
		stop()
		require.NoError(t, wait())
	})
	return g
}

func (g *target) bad() map[string][]byte {
	return gatewaytest.Bad("demo", "storage-0", strings.Repeat("0", len(g.secret.Token("demo", "storage-0"))), g.secret.Token("demo", "storage-1"), g.secret.Token("other", "storage-0"))
}

// unsaid wants no token in the log, nor anything that a request held.
func (g *target) unsaid(t *testing.T) {
	t.Helper()
	log := g.log.String()
	for _, node := range []string{"storage-0", "storage-1"} {
		require.NotContains(t, log, g.secret.Token("demo", node))
	}
	require.NotContains(t, log, g.secret.Token("other", "storage-0"))
	require.NotContains(t, log, "stolen")
	require.NotContains(t, log, "ddd")
}

// send sends bytes on a connection of their own, and returns what status comes back.
func (g *target) send(t *testing.T, request io.Reader) (status int, err error) {
	t.Helper()
	conn, err := net.Dial("tcp", g.address)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.Copy(conn, request)
	}()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	conn.Close()
	<-sent
	if err != nil {
		return 0, err
	}
	response.Body.Close()
	return response.StatusCode, nil
}

// endless repeats a text for ever, with pauses, and counts how much was taken.
type endless struct {
	head  string
	text  string
	pause time.Duration
	taken atomic.Int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.head != "" {
		n := copy(p, e.head)
		e.head = e.head[n:]
		return n, nil
	}
	if e.pause > 0 {
		time.Sleep(e.pause)
		p = p[:1]
	}
	n := copy(p, e.text)
	e.taken.Add(int64(n))
	return n, nil
}

func TestRefusesTokensOfOthers(t *testing.T) {
	g := newTarget(t, gateway.Bounds{})
	for name, request := range g.bad() {
		status, err := g.send(t, bytes.NewReader(request))
		require.NoError(t, err, name)
		require.Contains(t, []int{400, 401, 404}, status, name)
	}
	require.Zero(t, g.taken.Load())
	g.unsaid(t)
	status, err := g.send(t, bytes.NewReader(gatewaytest.Signal(g.secret.Token("demo", "storage-0"), "demo", "storage-0", "ready", "true")))
	require.NoError(t, err)
	require.Equal(t, 202, status)
}

// TestRefusesTooMuch: whatever is too large or too slow ends, and costs little.
func TestRefusesTooMuch(t *testing.T) {
	g := newTarget(t, gateway.Bounds{Read: 300 * time.Millisecond})
	good := g.secret.Token("demo", "storage-0")
	post := "POST /v1/signals HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer " + good + "\r\n"
	const most = 32 << 20 // what the kernel's buffers may take on the way

	status, err := g.send(t, &endless{head: post, text: "X-More: and more\r\n"})
	require.True(t, status == http.StatusRequestHeaderFieldsTooLarge || cut(err), "headers without an end: %d, %v", status, err)

	status, err = g.send(t, bytes.NewReader(gatewaytest.Post(good, strings.Repeat(" ", 9000)+"{}")))
	require.True(t, status == http.StatusRequestEntityTooLarge || cut(err), "a body that is too large: %d, %v", status, err)

	body := &endless{head: post + "Transfer-Encoding: chunked\r\n\r\n", text: "10\r\n0123456789abcdef\r\n"}
	status, err = g.send(t, body)
	require.True(t, status == http.StatusRequestEntityTooLarge || cut(err), "a body without an end: %d, %v", status, err)
	require.Less(t, body.taken.Load(), int64(most))

	announced := &endless{head: post + "Content-Length: 99999999999\r\n\r\n", text: strings.Repeat("x", 4096)}
	status, err = g.send(t, announced)
	require.True(t, status == http.StatusRequestEntityTooLarge || cut(err), "a body as large as a disk: %d, %v", status, err)
	require.Less(t, announced.taken.Load(), int64(most))

	slow := &endless{head: post + "Content-Length: 100\r\n\r\n", text: "x", pause: 20 * time.Millisecond}
	status, err = g.send(t, slow)
	require.True(t, status == http.StatusBadRequest || cut(err), "a slow body: %d, %v", status, err)
	require.Less(t, slow.taken.Load(), int64(100))

	slow = &endless{text: "P", pause: 20 * time.Millisecond}
	status, err = g.send(t, slow)
	require.True(t, status == http.StatusBadRequest || cut(err), "slow headers: %d, %v", status, err)

	require.Zero(t, g.taken.Load())
	g.unsaid(t)
}

// cut says that the connection was closed without an answer.
func cut(err error) bool {
	var timeout net.Error
	return err != nil && (!errors.As(err, &timeout) || !timeout.Timeout())
}

// TestDoor: one side cannot take all connections, and those that are let go are
// free for others.
func TestDoor(t *testing.T) {
	g := newTarget(t, gateway.Bounds{Connections: 100, FromOne: 4})
	held := make([]net.Conn, 4)
	for i := range held {
		var err error
		held[i], err = net.Dial("tcp", g.address)
		require.NoError(t, err)
		defer held[i].Close()
	}
	ask := func() error {
		_, err := g.send(t, strings.NewReader("GET /healthz HTTP/1.1\r\nHost: g\r\n\r\n"))
		return err
	}
	require.Eventually(t, func() bool { return ask() != nil }, 10*time.Second, 10*time.Millisecond, "a fifth connection was let in")
	held[2].Close()
	require.Eventually(t, func() bool { return ask() == nil }, 10*time.Second, 10*time.Millisecond)
}

// TestChatter: a node that signals without end is slowed down, and the others are not.
func TestChatter(t *testing.T) {
	var log lines
	taken := map[string]int{}
	h := gateway.NewWithin(gateway.Bounds{Burst: 5, Signals: 0.001}, func(string, string, string) bool { return true },
		func(_ context.Context, s gateway.Signal) error { taken[s.Node]++; return nil }, slog.New(slog.NewJSONHandler(&log, nil)))
	send := func(node string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, gateway.Path, strings.NewReader(strings.Replace(body("a", "b"), "storage-0", node, 1)))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for i := range 500 {
		w := send("storage-0")
		require.Equal(t, i >= 5, w.Code == http.StatusTooManyRequests, "%d: %d", i, w.Code)
		require.Equal(t, i >= 5, w.Header().Get("Retry-After") != "")
	}
	require.Equal(t, 202, send("storage-1").Code)
	require.Equal(t, map[string]int{"storage-0": 5, "storage-1": 1}, taken)
	require.Less(t, strings.Count(log.String(), "too often"), 20)

	// However many nodes there are, all may speak, and memory has a bound.
	for i := range gateway.MaxSpeakers + 10 {
		require.Equal(t, 202, send("n-"+strconv.Itoa(i)).Code)
	}
}

// TestFlood: as many bad requests as this machine can send are all refused, and do
// not keep good ones from getting through.
func TestFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: it takes some seconds (-short)")
	}
	g := newTarget(t, gateway.Bounds{})
	before := heap()
	ctx, stop := context.WithCancel(t.Context())
	flooded := make(chan gatewaytest.Report)
	go func() { flooded <- gatewaytest.Flood(ctx, g.address, 32, g.bad()) }()

	const signals = 60
	var worst time.Duration
	for range signals {
		begin := time.Now()
		status, err := g.send(t, bytes.NewReader(gatewaytest.Signal(g.secret.Token("demo", "storage-0"), "demo", "storage-0", "ready", "true")))
		require.NoError(t, err)
		require.Equal(t, 202, status)
		worst = max(worst, time.Since(begin))
		time.Sleep(50 * time.Millisecond)
	}
	during := heap()
	stop()
	report := <-flooded
	t.Logf("%s; %d good signals meanwhile, the slowest in %s; heap %d MiB before, %d MiB during", report, signals, worst.Round(time.Millisecond), before>>20, during>>20)

	require.EqualValues(t, signals, g.taken.Load())
	require.Zero(t, g.stolen.Load())
	statuses := maps.Clone(report.Answers)
	for _, refused := range []int{400, 401, 404} {
		require.Positive(t, statuses[refused])
		delete(statuses, refused)
	}
	require.Empty(t, statuses)
	require.Greater(t, report.Total(), 1000)
	require.Less(t, worst, 20*time.Second)
	require.Less(t, during, before+64<<20)
	g.unsaid(t)
	log := g.log.String()
	require.Equal(t, signals, strings.Count(log, "A node has signalled"))
	// A second between two lines, once the first have been told.
	require.LessOrEqual(t, strings.Count(log, "was refused"), 10+int(report.Elapsed.Seconds())+2)
	require.Contains(t, log, `"refused_since_last_told":`)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
