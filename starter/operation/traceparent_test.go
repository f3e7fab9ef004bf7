package operation_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

// TestPartOfATrace wants what is started to be part of the trace that the
// environment names, and of none where that is not right.
func TestPartOfATrace(t *testing.T) {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for given, want := range map[string]map[string]string{
		parent: {"traceparent": parent}, "": nil, "00-nonsense": nil,
	} {
		t.Setenv("TRACEPARENT", given)
		server, c := connect(t)
		_, err := operation.Deploy(t.Context(), c, "queue", &deploy.Plan{Deployment: "pool", Blueprint: "web"}, deploy.Request{Blueprint: "web"})
		require.NoError(t, err)
		header := server.Runs("pool")[0].Started().GetHeader().GetFields()["_tracer-data"]
		var told map[string]string
		if header != nil {
			require.NoError(t, converter.GetDefaultDataConverter().FromPayload(header, &told))
		}
		require.Equal(t, want, told, "%q", given)
	}
}
