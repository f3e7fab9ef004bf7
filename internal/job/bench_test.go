package job_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/internal/remote"
)

// BenchmarkTrue is what a job costs beside its script.
func BenchmarkTrue(b *testing.B) {
	d := root(b)
	ctx := b.Context()
	for i := 0; b.Loop(); i++ {
		_, err := d.Run(ctx, local, spec(fmt.Sprint("job", i), "true"), nil)
		require.NoError(b, err)
	}
}

// BenchmarkSecrets is a job whose output is masked.
func BenchmarkSecrets(b *testing.B) {
	d := root(b)
	ctx := b.Context()
	for i := 0; b.Loop(); i++ {
		_, err := d.Run(ctx, local, secretive(fmt.Sprint("job", i), "true"), nil)
		require.NoError(b, err)
	}
}

// BenchmarkPlain is the same script without a job.
func BenchmarkPlain(b *testing.B) {
	ctx := b.Context()
	for b.Loop() {
		_, err := local.Run(ctx, remote.Command{Script: "true"})
		require.NoError(b, err)
	}
}
