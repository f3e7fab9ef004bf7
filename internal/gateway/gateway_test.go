package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"aiolos/internal/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "tok-5318"

func verify(deployment, node, given string) bool {
	return deployment == "demo" && node == "storage-0" && given == token
}

func body(name, value string) string {
	b, _ := json.Marshal(map[string]string{"deployment": "demo", "node": "storage-0", "name": name, "value": value})
	return string(b)
}

func TestAnswers(t *testing.T) {
	good := body("glusterup", "true")
	for _, c := range []struct {
		name, method, path, auth, body string
		sink                           error
		status                         int
		field                          string // of a 400
		taken                          bool
	}{
		{name: "accepted", body: good, status: 202, taken: true},
		{name: "scheme in any case", auth: "bearer " + token, body: good, status: 202, taken: true},
		{name: "empty value", body: body("a", ""), status: 202, taken: true},
		{name: "longest", body: body("a"+strings.Repeat("-", 63), strings.Repeat("v", 4096)), status: 202, taken: true},
		{name: "not running", body: good, sink: fmt.Errorf("demo: %w", gateway.ErrNotRunning), status: 404, taken: true},
		{name: "sink fails", body: good, sink: errors.New("no connection"), status: 503, taken: true},

		{name: "no token", auth: "-", body: good, status: 401},
		{name: "empty token", auth: "Bearer ", body: good, status: 401},
		{name: "wrong token", auth: "Bearer wrong", body: good, status: 401},
		{name: "wrong scheme", auth: "Basic " + token, body: good, status: 401},
		{name: "another's node", body: strings.Replace(good, "storage-0", "storage-1", 1), status: 401},
		{name: "unknown deployment", body: strings.Replace(good, "demo", "none", 1), status: 401},
		{name: "wrong token and wrong name", auth: "Bearer wrong", body: body("1", ""), status: 401},

		{name: "no JSON", body: "name=value", status: 400, field: "body"},
		{name: "nothing", body: "", status: 400, field: "body"},
		{name: "array", body: "[]", status: 400, field: "body"},
		{name: "cut off", body: good[:len(good)-1], status: 400, field: "body"},
		{name: "more than one", body: good + good, status: 400, field: "body"},
		{name: "not UTF-8", body: body("a", "?")[:20] + "\xff", status: 400, field: "body"},
		{name: "unknown field", body: `{"x":"",` + good[1:], status: 400, field: "x"},
		{name: "other case", body: strings.Replace(good, `"name"`, `"Name"`, 1), status: 400, field: "Name"},
		{name: "twice", body: `{"name":"a",` + good[1:], status: 400, field: "name"},
		{name: "missing", body: `{"deployment":"demo","node":"storage-0","name":"a"}`, status: 400, field: "value"},
		{name: "no string", body: strings.Replace(good, `"true"`, `true`, 1), status: 400, field: "value"},
		{name: "null", body: strings.Replace(good, `"true"`, `null`, 1), status: 400, field: "value"},
		{name: "nested", body: strings.Replace(good, `"true"`, `{"a":[1]}`, 1), status: 400, field: "value"},
		{name: "name", body: body("glu up", "x"), status: 400, field: "name"},
		{name: "name too long", body: body("a"+strings.Repeat("b", 64), "x"), status: 400, field: "name"},
		{name: "value too long", body: body("a", strings.Repeat("v", 4097)), status: 400, field: "value"},

		{name: "too large", body: body("a", strings.Repeat("v", 9000)), status: 413},
		{name: "method", method: "GET", status: 405},
		{name: "method of health", method: "POST", path: "/healthz", status: 405},
		{name: "health", method: "GET", path: "/healthz", auth: "-", status: 200},
		{name: "root", method: "GET", path: "/", status: 404},
		{name: "below", path: "/v1/signals/", body: good, status: 404},
		{name: "unclean", path: "//v1/signals", body: good, status: 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			var taken []gateway.Signal
			h := gateway.New(verify, func(_ context.Context, s gateway.Signal) error {
				taken = append(taken, s)
				return c.sink
			}, slog.New(slog.NewJSONHandler(&log, nil)))
			r := httptest.NewRequest(or(c.method, "POST"), or(c.path, gateway.Path), strings.NewReader(c.body))
			if auth := or(c.auth, "Bearer "+token); auth != "-" {
				r.Header.Set("Authorization", auth)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			require.Equal(t, c.status, w.Code, "%s", w.Body)
			require.Len(t, taken, map[bool]int{true: 1}[c.taken])
			require.NotContains(t, log.String(), token)
			require.NotContains(t, log.String(), strings.Repeat("v", 9))
			switch c.status {
			case 202:
				require.Equal(t, "storage-0", taken[0].Node)
				require.Contains(t, log.String(), `"deployment":"demo"`)
			case 400:
				var got map[string]string
				require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
				require.Equal(t, c.field, got["field"])
				require.NotEmpty(t, got["allowed"])
			case 401:
				require.JSONEq(t, `{"error":"this token does not speak for this node"}`, w.Body.String())
				require.NotContains(t, log.String(), "demo")
			case 405:
				require.NotEmpty(t, w.Header().Get("Allow"))
			case 503:
				require.NotEmpty(t, w.Header().Get("Retry-After"))
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

func TestServeStopsGracefully(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	entered, release := make(chan struct{}), make(chan struct{})
	h := gateway.New(verify, func(context.Context, gateway.Signal) error {
		close(entered)
		<-release
		return nil
	}, slog.New(slog.DiscardHandler))
	bound, wait, err := gateway.Serve(ctx, []string{"127.0.0.1:0", "[::1]:0"}[:listeners()], h)
	require.NoError(t, err)
	require.Len(t, bound, listeners())

	client := &http.Client{Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	for _, at := range bound {
		response, err := client.Get("http://" + at.String() + "/healthz")
		require.NoError(t, err)
		response.Body.Close()
		require.Equal(t, 200, response.StatusCode)
	}
	status := make(chan int, 1)
	go func() {
		r, _ := http.NewRequest(http.MethodPost, "http://"+bound[0].String()+gateway.Path, strings.NewReader(body("a", "b")))
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := client.Do(r)
		if err != nil {
			status <- 0
			return
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		status <- response.StatusCode
	}()
	<-entered
	stop()
	close(release)
	require.Equal(t, 202, <-status, "a request that came before the end is answered")
	require.NoError(t, wait())
	_, err = net.DialTimeout("tcp", bound[0].String(), time.Second)
	require.Error(t, err)
}

// listeners is 2 where the machine has IPv6.
func listeners() int {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		return 1
	}
	l.Close()
	return 2
}

func TestServeListensAtAllOrNone(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, _, err = gateway.Serve(context.Background(), []string{"127.0.0.1:0", taken.Addr().String()}, http.NotFoundHandler())
	require.ErrorContains(t, err, taken.Addr().String())
}
