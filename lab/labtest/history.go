package labtest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/encoding/protojson"
)

// Record keeps the history of a deployment's last operation for the replay tests
// of package workflows, where AIOLOS_RECORD=1 asks for it.
func (l *Lab) Record(t testing.TB, deployment, name string) {
	t.Helper()
	if os.Getenv("AIOLOS_RECORD") != "1" {
		return
	}
	history := l.Events(t, deployment)
	text, err := protojson.Marshal(history)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(root(), "workflows", "testdata", "histories", name+".json"), text, 0o644))
}

// Events reads the history of a deployment's last operation.
func (l *Lab) Events(t testing.TB, deployment string) *historypb.History {
	t.Helper()
	c := Dial(t, l.Address())
	history := &historypb.History{}
	events := c.GetWorkflowHistory(context.Background(), deployment, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		history.Events = append(history.Events, event)
	}
	return history
}

// History is the history of a deployment's last operation as JSON, and after it
// what its payloads hold, which JSON has in base64.
func (l *Lab) History(t testing.TB, deployment string) string {
	t.Helper()
	return readable(t, l.Events(t, deployment))
}

// Decrypted is the same of a history that was encrypted, which it changes.
func Decrypted(t testing.TB, history *historypb.History, c converter.PayloadCodec) string {
	t.Helper()
	require.NoError(t, proxy.VisitPayloads(context.Background(), history, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(_ *proxy.VisitPayloadsContext, p []*commonpb.Payload) ([]*commonpb.Payload, error) {
			return c.Decode(p)
		},
	}))
	return readable(t, history)
}

func readable(t testing.TB, history *historypb.History) string {
	t.Helper()
	text, err := protojson.Marshal(history)
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
