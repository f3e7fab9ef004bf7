package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/lab/labtest"
	"aiolos/starter/operation"
)

// TestEnsureNamespace makes a namespace on a real server, once, and sets it up.
func TestEnsureNamespace(t *testing.T) {
	t.Setenv("TEMPORAL_CONFIG_FILE", "/dev/null")
	t.Setenv("TEMPORAL_ADDRESS", labtest.StartServer(t, nil))
	t.Setenv("TEMPORAL_NAMESPACE", "fresh")
	c, err := operation.Dial(t.Context())
	require.NoError(t, err)
	defer c.Close()

	const retention = 48 * time.Hour
	made, err := operation.EnsureNamespace(t.Context(), c, retention)
	require.NoError(t, err)
	require.True(t, made)
	made, err = operation.EnsureNamespace(t.Context(), c, time.Hour)
	require.NoError(t, err, "one that exists is left as it is, whatever is asked for")
	require.False(t, made)

	_, err = operation.Setup(t.Context(), c)
	require.NoError(t, err)
	again, err := operation.Setup(t.Context(), c)
	require.NoError(t, err)
	require.Empty(t, again)
}
