package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPayload holds that another tar reads all of what the tools are given.
func TestPayload(t *testing.T) {
	folder, err := toolFolder(t.TempDir(), "one")
	require.NoError(t, err)
	out, err := exec.Command("tar", "-tf", filepath.Join(folder, "puppet.tar")).CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, name := range []string{"run.sh", ".aiolos/run.rb", "modules/glusterfs/manifests/init.pp"} {
		require.Contains(t, strings.Fields(string(out)), name)
	}
}
