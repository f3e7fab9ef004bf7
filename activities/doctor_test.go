package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

func TestClock(t *testing.T) {
	for ahead, want := range map[time.Duration]deploy.Verdict{
		0: deploy.VerdictOK, 3 * time.Second: deploy.VerdictOK, -9 * time.Second: deploy.VerdictOK,
		10 * time.Second: deploy.VerdictWarning, -time.Minute: deploy.VerdictWarning,
		4 * time.Minute: deploy.VerdictFailed, -time.Hour: deploy.VerdictFailed,
	} {
		got := clock(ahead)
		require.Equal(t, want, got.Verdict, "%s", ahead)
		require.Equal(t, want == deploy.VerdictOK, got.Advice == "")
	}
	require.Equal(t, "1m0s behind the Temporal server's", clock(-time.Minute).Found)
}
