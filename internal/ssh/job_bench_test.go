package ssh

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/internal/job"
	"aiolos/internal/remote"
)

// connected has a connection to the daemon already.
func connected(b *testing.B, d *daemon) remote.Runner {
	r := newPool(b, config()).Runner(d.target())
	_, err := r.Run(b.Context(), remote.Command{Script: ":"})
	require.NoError(b, err)
	return r
}

// BenchmarkRealCommand is a command over a kept connection to a real sshd.
func BenchmarkRealCommand(b *testing.B) {
	d := startSSHD(b, "")
	r := connected(b, d)
	for b.Loop() {
		_, err := r.Run(b.Context(), remote.Command{Script: ":"})
		require.NoError(b, err)
	}
}

// BenchmarkRealJob is a job that does nothing, from the start to its result.
func BenchmarkRealJob(b *testing.B) {
	d := startSSHD(b, "")
	r := connected(b, d)
	jobs := job.Dir(b.TempDir())
	for i := 0; b.Loop(); i++ {
		_, err := jobs.Run(b.Context(), r, job.Spec{ID: fmt.Sprint("job", i), Tag: "bench", Script: []byte(":\n")}, nil)
		require.NoError(b, err)
	}
}
