package aeolus_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/deploy/aeolus"
)

var update = flag.Bool("update", false, "write the golden files anew")

// each runs a test for every deployable of a directory, by its name.
func each(t *testing.T, directory string, test func(t *testing.T, file string, text []byte)) {
	files, err := filepath.Glob(filepath.Join("testdata", directory, "*.xml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".xml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			test(t, file, text)
		})
	}
}

func golden(t *testing.T, file, got string) {
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// TestBlueprints holds the blueprint of each deployable against what was found
// good once.
func TestBlueprints(t *testing.T) {
	each(t, "good", func(t *testing.T, file string, text []byte) {
		got, err := aeolus.Translate(text)
		require.NoError(t, err)
		golden(t, strings.TrimSuffix(file, ".xml")+".yaml", string(got))
	})
}

// TestBrokenDeployables holds what a person is told of each broken deployable
// against what was found good once.
func TestBrokenDeployables(t *testing.T) {
	each(t, "broken", func(t *testing.T, file string, text []byte) {
		d, err := aeolus.Read(text)
		require.Nil(t, d)
		golden(t, strings.TrimSuffix(file, ".xml")+".golden", told(t, err))
	})
}

// told is what an error says, a line a problem.
func told(t *testing.T, err error) string {
	var invalid *deploy.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.NotEmpty(t, invalid.Problems)
	var b strings.Builder
	for _, p := range invalid.Problems {
		require.NotEmpty(t, p.Field)
		require.NotEmpty(t, p.Allowed)
		require.Positive(t, p.Line)
		require.Positive(t, p.Column)
		found := fmt.Sprintf("found %q", p.Value)
		if p.Value == "" {
			found = "not set"
		}
		fmt.Fprintf(&b, "%d:%d %s: %s; allowed: %s\n", p.Line, p.Column, p.Field, found, p.Allowed)
	}
	return b.String()
}
