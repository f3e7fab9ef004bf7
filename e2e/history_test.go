package e2e

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
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
	c, err := client.Dial(client.Options{HostPort: "127.0.0.1:" + strconv.Itoa(l.base)})
	require.NoError(t, err)
	defer c.Close()
	var history historypb.History
	events := c.GetWorkflowHistory(context.Background(), deployment, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		history.Events = append(history.Events, event)
	}
	text, err := protojson.Marshal(&history)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join("..", "workflows", "testdata", "histories", name+".json"), text, 0o644))
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
