package main

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseStat(t *testing.T) {
	p, err := parseStat([]byte("42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 1 20 0 1 0 5 6 7"))
	require.NoError(t, err)
	require.Equal(t, process{pid: 42, parent: 7, cpu: 1240 * time.Millisecond}, p)
	for _, bad := range []string{"", "42 (a", "42 (a) S 7", "x (a) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 1"} {
		_, err := parseStat([]byte(bad))
		require.Error(t, err, bad)
	}
}

func TestParseSize(t *testing.T) {
	n, err := parseSize([]byte("55d0-7ffd ---p 00000000 00:00 0 [rollup]\nRss:  3000 kB\nPss:  2000 kB\nPss_Dirty: 1 kB\n"))
	require.NoError(t, err)
	require.EqualValues(t, 2000<<10, n)
	_, err = parseSize([]byte("Rss: 1 kB\n"))
	require.Error(t, err)
}

func TestBelow(t *testing.T) {
	all := []process{{pid: 1}, {pid: 2, parent: 1}, {pid: 3, parent: 2}, {pid: 4, parent: 1}, {pid: 5, parent: 9}}
	require.ElementsMatch(t, []int{2, 3, 4}, below(all, 1))
	require.Empty(t, below(all, 5))
}

func TestParseUse(t *testing.T) {
	before, err := parseUse("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1\n")
	require.NoError(t, err)
	after, err := parseUse("cpu  150 0 110 830 110 0 0 0 90 0\n")
	require.NoError(t, err)
	require.InDelta(t, 0.3, after.busySince(before), 1e-9)
	require.Zero(t, before.busySince(before))
	_, err = parseUse("intr 1 2 3\n")
	require.Error(t, err)
}

// TestMeasure holds that what a command leaves behind is counted, and ended.
func TestMeasure(t *testing.T) {
	spin := `i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done`
	script := "setsid sh -c '" + spin + "; touch done; exec sleep 1000' & until [ -e done ]; do sleep 0.05; done"
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = t.TempDir()
	_, parts, err := measure(context.Background(), "sh", cmd, []standing{{"ourselves", os.Getpid()}})
	require.NoError(t, err)
	require.Len(t, parts, 2)
	require.Greater(t, parts[0].CPU, 20*time.Millisecond)
	require.GreaterOrEqual(t, parts[1].CPU, time.Duration(0))
	all, err := processes()
	require.NoError(t, err)
	require.Empty(t, below(all, os.Getpid()))
}
