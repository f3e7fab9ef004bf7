package e2e

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/encoding/protojson"
)

// record keeps the history of a deployment's last operation for the replay tests
// of package workflows, where AIOLOS_RECORD=1 asks for it.
func (l *lab) record(t *testing.T, deployment, name string) {
	t.Helper()
	if os.Getenv("AIOLOS_RECORD") != "1" {
		return
	}
	history := l.events(t, deployment)
	text, err := protojson.Marshal(history)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join("..", "workflows", "testdata", "histories", name+".json"), text, 0o644))
}

// events reads the history of a deployment's last operation.
func (l *lab) events(t *testing.T, deployment string) *historypb.History {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: "127.0.0.1:" + strconv.Itoa(l.base)})
	require.NoError(t, err)
	defer c.Close()
	history := &historypb.History{}
	events := c.GetWorkflowHistory(context.Background(), deployment, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		history.Events = append(history.Events, event)
	}
	return history
}

// history is the history of a deployment's last operation as JSON, and after it
// what its payloads hold, which JSON has in base64.
func (l *lab) history(t *testing.T, deployment string) string {
	t.Helper()
	text, err := protojson.Marshal(l.events(t, deployment))
	require.NoError(t, err)
	var all strings.Builder
	all.Write(text)
	var walk func(any)
	walk = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			for name, part := range v {
				if data, ok := part.(string); ok && name == "data" {
					plain, err := base64.StdEncoding.DecodeString(data)
					require.NoError(t, err)
					all.WriteString("\n" + string(plain))
				}
				walk(part)
			}
		case []any:
			for _, part := range v {
				walk(part)
			}
		}
	}
	var decoded any
	require.NoError(t, json.Unmarshal(text, &decoded))
	walk(decoded)
	return all.String()
}

// summaries looks for what the UI shows beside each activity, and that the UI
// itself and the HTTP API answer.
func summaries(t *testing.T, l *lab) {
	c, err := client.Dial(client.Options{HostPort: "127.0.0.1:" + strconv.Itoa(l.base)})
	require.NoError(t, err)
	defer c.Close()
	found := map[string]bool{}
	events := c.GetWorkflowHistory(context.Background(), "pool", "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		if summary := event.GetUserMetadata().GetSummary(); summary != nil {
			var text string
			require.NoError(t, converter.GetDefaultDataConverter().FromPayload(summary, &text))
			found[text] = true
		}
	}
	for _, want := range []string{"Plan glusterfs", "Launch storage-0 to storage-2", "Puppet on storage-1", "Pool on storage-0", "Volume on storage-0", "Verify on storage-0"} {
		require.True(t, found[want], "no activity is summarized as %q: %v", want, found)
	}
	for _, url := range []string{
		"http://127.0.0.1:" + strconv.Itoa(l.base+2) + "/",
		"http://127.0.0.1:" + strconv.Itoa(l.base+1) + "/api/v1/namespaces/default/workflows/pool",
	} {
		response, err := http.Get(url)
		require.NoError(t, err)
		response.Body.Close()
		require.Equal(t, http.StatusOK, response.StatusCode, url)
	}
}
