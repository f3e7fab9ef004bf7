package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"aiolos/lab/labtest"
	"aiolos/starter/operation"
	"aiolos/workflows"
)

// dial connects as the command line does.
func dial(t *testing.T) operation.Temporal {
	t.Helper()
	c, err := operation.Dial(t.Context())
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// TestSetup prepares the namespace of a real server: what is there stays, what
// lacks is added, and what is another thing is told.
func TestSetup(t *testing.T) {
	t.Setenv("TEMPORAL_CONFIG_FILE", "/dev/null")
	t.Setenv("TEMPORAL_ADDRESS", labtest.StartServer(t, map[string]enumspb.IndexedValueType{workflows.StateAttribute: enumspb.INDEXED_VALUE_TYPE_KEYWORD}))
	c := dial(t)
	added, err := operation.Setup(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, []string{workflows.BlueprintAttribute, workflows.FailedStepAttribute, workflows.NodesAttribute, workflows.ProviderAttribute}, added)
	added, err = operation.Setup(t.Context(), c)
	require.NoError(t, err)
	require.Empty(t, added)

	t.Setenv("TEMPORAL_ADDRESS", labtest.StartServer(t, map[string]enumspb.IndexedValueType{workflows.NodesAttribute: enumspb.INDEXED_VALUE_TYPE_KEYWORD}))
	_, err = operation.Setup(t.Context(), dial(t))
	var other *operation.OtherAttributeError
	require.ErrorAs(t, err, &other)
	require.ErrorContains(t, err, "AiolosNodes is of type Keyword; allowed is Int")
}
