package deploy_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestBrokenBlueprints holds what a person is told of each broken blueprint
// against what was found good once.
func TestBrokenBlueprints(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			b, err := deploy.ReadBlueprint("", text, actions)
			var invalid *deploy.InvalidError
			require.ErrorAs(t, err, &invalid)
			require.Nil(t, b)
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(err.Error()+"\n"), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), invalid.Error()+"\n")
		})
	}
}
