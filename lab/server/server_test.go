package server_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"aiolos/lab/server"
)

// TestMain lets the test binary be the process that a test kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SERVER_TEST_HOST"); dir != "" {
		if err := host(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func options(t *testing.T, dir string) server.Options {
	return server.Options{
		Database: filepath.Join(dir, "temporal.db"), Log: filepath.Join(dir, "temporal.log"),
		GRPCPort: freePort(t), HTTPPort: freePort(t), UIPort: freePort(t),
		SearchAttributes: map[string]enumspb.IndexedValueType{
			"State": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
			"Nodes": enumspb.INDEXED_VALUE_TYPE_INT,
		},
	}
}

func dial(t *testing.T, address string) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: address})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func attributes(t *testing.T, c client.Client) map[string]enumspb.IndexedValueType {
	t.Helper()
	answer, err := c.OperatorService().ListSearchAttributes(t.Context(), &operatorservice.ListSearchAttributesRequest{Namespace: server.Namespace})
	require.NoError(t, err)
	return answer.GetCustomAttributes()
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s: %s", url, body)
	return string(body)
}

// TestStart starts a server in a directory whose name a URL would misread, and
// again on the same file with one search attribute more.
func TestStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c#d%e")
	require.NoError(t, os.Mkdir(dir, 0o700))
	o := options(t, dir)
	began := time.Now()
	s, err := server.Start(t.Context(), o)
	require.NoError(t, err)
	t.Logf("started with a new file in %s", time.Since(began))

	c := dial(t, s.Address())
	namespace, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: server.Namespace})
	require.NoError(t, err)
	require.Equal(t, server.Retention, namespace.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
	require.Equal(t, o.SearchAttributes, attributes(t, c))
	require.Contains(t, get(t, s.UI()+"/"), "<html")
	require.Contains(t, get(t, s.UI()+"/api/v1/namespaces"), `"default"`)
	require.Contains(t, get(t, httpURL(o)+"/api/v1/namespaces/default"), `"default"`)
	_, err = os.Stat(o.Database + "-wal")
	require.NoError(t, err, "the database has a write-ahead log")

	began = time.Now()
	require.NoError(t, s.Stop())
	t.Logf("stopped in %s", time.Since(began))

	o.SearchAttributes["Later"] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	o.GRPCPort = freePort(t)
	began = time.Now()
	s, err = server.Start(t.Context(), o)
	require.NoError(t, err)
	t.Logf("started with an old file in %s", time.Since(began))
	require.Equal(t, o.SearchAttributes, attributes(t, dial(t, s.Address())))
	require.NoError(t, s.Stop())

	entries, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "*"))
	require.NoError(t, err)
	require.Equal(t, []string{dir}, entries, "nothing is made elsewhere")
}

func TestStartRefusesADatabaseThatIsNone(t *testing.T) {
	o := options(t, t.TempDir())
	require.NoError(t, os.WriteFile(o.Database, []byte("this is no database, and never was one"), 0o600))
	_, err := server.Start(context.Background(), o)
	require.ErrorContains(t, err, "not a database")
}

func httpURL(o server.Options) string {
	return "http://127.0.0.1:" + strconv.Itoa(o.HTTPPort)
}
