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

// TestThirtyMistakes holds what a person is told of thirty mistakes, each in a
// blueprint of its own, against what was found good once.
func TestThirtyMistakes(t *testing.T) {
	text, err := os.ReadFile("testdata/thirty.txt")
	require.NoError(t, err)
	var told strings.Builder
	count := 0
	for _, part := range strings.Split(string(text), "### ")[1:] {
		name, blueprint, _ := strings.Cut(part, "\n")
		_, err := deploy.ReadBlueprint("", []byte(blueprint), actions)
		var invalid *deploy.InvalidError
		require.ErrorAs(t, err, &invalid, name)
		for _, p := range invalid.Problems {
			require.Positive(t, p.Line, name)
		}
		told.WriteString("### " + name + "\n" + err.Error() + "\n")
		count++
	}
	require.GreaterOrEqual(t, count, 30)
	const golden = "testdata/thirty.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(told.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), told.String())
}
