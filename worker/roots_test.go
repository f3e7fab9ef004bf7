package main

import (
	"crypto/x509"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRoots runs itself on a system without any root certificates, as the
// worker's image is one.
func TestRoots(t *testing.T) {
	const bare = "AIOLOS_TEST_WITHOUT_ROOTS"
	if os.Getenv(bare) == "" {
		again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRoots$") //nolint:gosec // this test
		again.Env = append(os.Environ(), bare+"=1", "SSL_CERT_FILE="+os.DevNull, "SSL_CERT_DIR="+t.TempDir())
		out, err := again.CombinedOutput()
		require.NoError(t, err, string(out))
		return
	}
	roots, err := x509.SystemCertPool()
	require.NoError(t, err)
	require.False(t, roots.Equal(x509.NewCertPool()))
}
