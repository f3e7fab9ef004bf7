package labtest

import (
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"aiolos/lab/server"
)

// StartServer starts a Temporal server in this process, for the length of a test,
// and returns its address.
func StartServer(t testing.TB, attributes map[string]enumspb.IndexedValueType) string {
	t.Helper()
	var listeners [3]net.Listener
	var ports [3]int
	for i := range ports {
		var err error
		listeners[i], err = net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // given back at once
		require.NoError(t, err)
		ports[i] = listeners[i].Addr().(*net.TCPAddr).Port
	}
	// Only when all are found, so that none is found twice.
	for _, l := range listeners {
		require.NoError(t, l.Close())
	}
	dir := t.TempDir()
	s, err := server.Start(t.Context(), server.Options{
		Database: filepath.Join(dir, "temporal.db"), Log: filepath.Join(dir, "temporal.log"),
		GRPCPort: ports[0], HTTPPort: ports[1], UIPort: ports[2], SearchAttributes: attributes,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	return s.Address()
}

// PlainUI serves the UI of the lab's Temporal without a codec server, for the
// length of a test, and returns its URL.
func (l *Lab) PlainUI(t testing.TB, port int) string {
	t.Helper()
	stop, err := server.StartUI(t.Context(), l.Address(), server.Options{UIPort: port})
	require.NoError(t, err)
	t.Cleanup(stop)
	return "http://" + net.JoinHostPort(server.Host, strconv.Itoa(port))
}

// UI is the URL of the lab's UI.
func (l *Lab) UI() string { return "http://127.0.0.1:" + strconv.Itoa(l.Base+2) }

// Dial returns a client of a server, for the length of a test.
func Dial(t testing.TB, address string) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: address, Logger: Quiet()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// Quiet keeps the SDK's words about what a test does on purpose out of the output.
func Quiet() log.Logger { return log.NewStructuredLogger(slog.New(slog.DiscardHandler)) }

// Address is that of the lab's Temporal.
func (l *Lab) Address() string { return "127.0.0.1:" + strconv.Itoa(l.Base) }
