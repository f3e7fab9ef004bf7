package job

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/internal/remote/remotetest"
)

// TestDiscard: nothing stays of a job, whether it has ended, runs, or never began.
func TestDiscard(t *testing.T) {
	root := filepath.Join(t.TempDir(), "checks")
	dir := Dir(root)
	r := &remotetest.Local{}
	_, err := dir.Run(t.Context(), r, Spec{ID: "ended", Tag: "x", Script: []byte("echo hello")}, func(Progress) {})
	require.NoError(t, err)
	require.DirExists(t, filepath.Join(root, "ended"))

	following, stop := context.WithCancel(t.Context())
	began := make(chan struct{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = dir.Run(following, r, Spec{ID: "runs", Tag: "x", Script: []byte("echo begun; sleep 1000")}, func(p Progress) {
			if p.LastLine == "begun" {
				close(began)
			}
		})
	}()
	<-began
	stop()
	<-gone

	for _, id := range []string{"ended", "never", "runs"} {
		require.NoError(t, dir.Discard(t.Context(), r, id, time.Second))
		require.NoDirExists(t, filepath.Join(root, id))
	}
	require.NoDirExists(t, root, "the last one takes the directory with it")
	require.NoError(t, dir.Discard(t.Context(), r, "ended", time.Second), "again")
	_, err = os.Stat(root)
	require.ErrorIs(t, err, os.ErrNotExist)
}
