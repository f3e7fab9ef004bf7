package e2e

import (
	enumspb "go.temporal.io/api/enums/v1"

	"context"
	"net/http"
	"strconv"
	"testing"

	"aiolos/lab/labtest"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
)

// summaries looks for what the UI shows beside each activity, and that the UI
// itself and the HTTP API answer.
func summaries(t *testing.T, l *labtest.Lab) {
	c, err := client.Dial(client.Options{HostPort: "127.0.0.1:" + strconv.Itoa(l.Base)})
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
	for _, want := range []string{"Plan glusterfs", "Launch storage-0 to storage-2", "configure: Puppet on storage-1", "Pool on storage-0", "Volume on storage-0", "Verify on storage-0"} {
		require.True(t, found[want], "no activity is summarized as %q: %v", want, found)
	}
	for _, url := range []string{
		"http://127.0.0.1:" + strconv.Itoa(l.Base+2) + "/",
		"http://127.0.0.1:" + strconv.Itoa(l.Base+1) + "/api/v1/namespaces/default/workflows/pool",
	} {
		response, err := http.Get(url)
		require.NoError(t, err)
		response.Body.Close()
		require.Equal(t, http.StatusOK, response.StatusCode, url)
	}
}
