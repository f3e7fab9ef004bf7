package userdata

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// gateway stands for the signal gateway: it records, and answers as it is told.
type gateway struct {
	*httptest.Server
	mu       sync.Mutex
	got      []map[string]string
	requests []*http.Request
	// answers are given in order; the last one stays.
	answers []answer
}

type answer struct {
	code int
	text string
}

func newGateway(t *testing.T, answers ...answer) *gateway {
	g := &gateway{answers: answers}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		var message map[string]string
		if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		g.got = append(g.got, message)
		g.requests = append(g.requests, r)
		a := g.answers[0]
		if len(g.answers) > 1 {
			g.answers = g.answers[1:]
		}
		w.WriteHeader(a.code)
		fmt.Fprint(w, a.text)
	}))
	t.Cleanup(g.Close)
	return g
}

// machine is where the script runs: its own configuration, and wrappers around
// curl, which records what others could see of it, and around sleep, which
// records the pauses and makes them short.
type machine struct{ folder string }

func newMachine(t *testing.T, url string) *machine {
	m := &machine{folder: t.TempDir()}
	d := example()
	d.SignalURL = url
	require.NoError(t, d.check())
	m.write(t, "node.conf", d.conf(), 0o600)
	m.write(t, "script", SignalScript(), 0o700)
	curl, err := exec.LookPath("curl")
	require.NoError(t, err)
	m.write(t, "curl", "#!/bin/sh\nprintf '%s\\n' \"$@\" >>'"+m.folder+"/seen'\nenv >>'"+m.folder+"/seen'\nexec "+curl+" \"$@\"\n", 0o700)
	sleep, err := exec.LookPath("sleep")
	require.NoError(t, err)
	m.write(t, "sleep", "#!/bin/sh\nprintf '%s\\n' \"$1\" >>'"+m.folder+"/pauses'\nexec "+sleep+" 0.05\n", 0o700)
	return m
}

func (m *machine) write(t *testing.T, name, text string, mode os.FileMode) {
	require.NoError(t, os.WriteFile(filepath.Join(m.folder, name), []byte(text), mode))
}

func (m *machine) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(m.folder, name))
	return string(text)
}

// command runs the script under a shell, with arguments.
func (m *machine) command(shell string, args ...string) *exec.Cmd {
	cmd := exec.Command(shell, append([]string{filepath.Join(m.folder, "script")}, args...)...)
	cmd.Env = append(os.Environ(), "AIOLOS_SIGNAL_PATIENCE=120", "PATH="+m.folder+":"+os.Getenv("PATH"), "AIOLOS_NODE_CONF="+filepath.Join(m.folder, "node.conf"))
	return cmd
}

// signal returns the exit code and what was printed.
func (m *machine) signal(t require.TestingT, args ...string) (int, string) {
	var out bytes.Buffer
	cmd := m.command("sh", args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		require.NotNil(t, cmd.ProcessState, "%v", err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

func TestSignalIsAccepted(t *testing.T) {
	g := newGateway(t, answer{code: http.StatusAccepted})
	m := newMachine(t, g.URL)
	code, out := m.signal(t, "glusterup")
	require.Equal(t, 0, code, out)
	require.Empty(t, out)
	require.Equal(t, []map[string]string{{"deployment": "demo", "node": "storage-0", "name": "glusterup", "value": "true"}}, g.got)
	r := g.requests[0]
	require.Equal(t, http.MethodPost, r.Method)
	require.Equal(t, "/v1/signals", r.URL.Path)
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	require.Equal(t, "Bearer "+example().SignalToken, r.Header.Get("Authorization"))
	// Whoever lists processes sees neither the token nor the value.
	require.Contains(t, m.read("seen"), "-K")
	require.NotContains(t, m.read("seen"), example().SignalToken)
}

// TestHostileValues sends, in each shell that is there, values that mean something
// to sh, sed, awk, curl's configuration or JSON.
func TestHostileValues(t *testing.T) {
	g := newGateway(t, answer{code: http.StatusNoContent})
	m := newMachine(t, g.URL)
	all := make([]byte, 0, 127)
	for b := byte(1); b < 128; b++ {
		all = append(all, b)
	}
	values := []string{
		"", " ", `"`, `\`, `\\`, `\"`, `'`, "\n", "a\n", "\n\n", "\r\n", "\t", "a\nheader = \"X: y\"", `@/etc/passwd`, "%s%n", "&", "$(id)", "`id`", "${token}", "-n", "-e", "\\n\\u0041",
		"ünïcödé 日本 \U0001f600", "\u2028", string(all), strings.Repeat(`"\`, 60000), `", "node": "other`,
	}
	for _, shell := range []string{"sh", "bash", "busybox"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		t.Run(shell, func(t *testing.T) {
			for _, value := range values {
				cmd := m.command(path, "name", value)
				if shell == "busybox" {
					cmd.Args = append([]string{path, "sh"}, cmd.Args[1:]...)
				}
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, "%.100q: %s", value, out)
				require.Equal(t, map[string]string{"deployment": "demo", "node": "storage-0", "name": "name", "value": value}, g.got[len(g.got)-1])
			}
		})
	}
}

func TestAnyValue(t *testing.T) {
	g := newGateway(t, answer{code: http.StatusNoContent})
	m := newMachine(t, g.URL)
	text := rapid.StringOfN(rapid.Rune().Filter(func(r rune) bool { return r != 0 }), 1, 30, -1)
	rapid.Check(t, func(t *rapid.T) {
		name, value := text.Draw(t, "name"), text.Draw(t, "value")
		code, out := m.signal(t, name, value)
		require.Equal(t, 0, code, out)
		last := g.got[len(g.got)-1]
		require.Equal(t, name, last["name"])
		require.Equal(t, value, last["value"])
	})
}

func TestSignalWaitsForTheGateway(t *testing.T) {
	g := newGateway(t, answer{503, "starting"}, answer{503, "starting"}, answer{429, "slowly"}, answer{500, "oh"}, answer{502, ""}, answer{503, ""}, answer{503, ""}, answer{200, ""})
	m := newMachine(t, g.URL)
	code, out := m.signal(t, "glusterup", "yes")
	require.Equal(t, 0, code, out)
	require.Len(t, g.got, 8)
	require.Equal(t, "1\n2\n4\n8\n16\n30\n30\n", m.read("pauses"))
	require.Contains(t, out, "answers 503: starting")
	require.Equal(t, 1, strings.Count(out, "starting"), "each reason is told once: %s", out)
}

func TestSignalWaitsForAGatewayThatIsAway(t *testing.T) {
	// The gateway's address, before it listens.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	m := newMachine(t, "http://"+address)

	cmd := m.command("sh", "glusterup")
	var out bytes.Buffer
	cmd.Stderr = &out
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return strings.Count(m.read("pauses"), "\n") >= 2 }, 10*time.Second, 20*time.Millisecond)
	listener, err = net.Listen("tcp", address)
	require.NoError(t, err)
	// It takes the first connection and drops it, as when it is being restarted.
	served := make(chan error, 1)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })}
	go func() {
		first, err := listener.Accept()
		if err == nil {
			_ = first.Close()
		}
		served <- server.Serve(listener)
	}()
	require.NoError(t, cmd.Wait(), out.String())
	require.NoError(t, server.Close())
	require.ErrorIs(t, <-served, http.ErrServerClosed)
	require.Contains(t, out.String(), "the gateway does not answer: curl: (7)")
}

func TestSignalStopsAtOnce(t *testing.T) {
	for _, code := range []int{400, 401, 403, 404, 409, 413, 301} {
		g := newGateway(t, answer{code, "not for you:\x1b[2J \"storage-0\"\nsecond line\n"})
		m := newMachine(t, g.URL)
		exit, out := m.signal(t, "glusterup")
		require.Equal(t, 1, exit)
		require.Len(t, g.got, 1)
		require.Equal(t, fmt.Sprintf("aiolos-signal: glusterup: the gateway refuses it with %d: not for you:[2J \"storage-0\"\nsecond line\n", code), out)
		require.NotContains(t, out, example().SignalToken)
	}
}

func TestSignalGivesUp(t *testing.T) {
	g := newGateway(t, answer{503, "starting"})
	m := newMachine(t, g.URL)
	start := time.Now()
	cmd := m.command("sh", "glusterup")
	cmd.Env = append(cmd.Env, "AIOLOS_SIGNAL_PATIENCE=1")
	text, err := cmd.CombinedOutput()
	out := string(text)
	require.Error(t, err)
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
	require.Less(t, time.Since(start), 10*time.Second)
	require.Contains(t, out, "given up after 1 s; the gateway answers 503: starting")
}

func TestSignalUsedWrongly(t *testing.T) {
	m := newMachine(t, "http://127.0.0.1:1")
	for _, args := range [][]string{{}, {""}, {"a", "b", "c"}} {
		code, out := m.signal(t, args...)
		require.Equal(t, 2, code)
		require.Contains(t, out, "usage: aiolos-signal NAME [VALUE]")
	}
	m.write(t, "node.conf", "url=http://127.0.0.1:1\n", 0o600)
	code, out := m.signal(t, "glusterup")
	require.Equal(t, 2, code)
	require.Contains(t, out, "lacks one of")
	require.NoError(t, os.Remove(filepath.Join(m.folder, "node.conf")))
	code, out = m.signal(t, "glusterup")
	require.Equal(t, 2, code)
	require.Contains(t, out, "cannot read")
}
