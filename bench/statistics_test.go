package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSummarize(t *testing.T) {
	require.Equal(t, figure{median: 2, least: 1, most: 9}, summarize([]float64{9, 1, 2}))
	require.Equal(t, figure{median: 3, least: 1, most: 9}, summarize([]float64{9, 1, 2, 4}))
	require.InDelta(t, 4, summarize([]float64{9, 1, 2}).spread(), 1e-9)
	require.Zero(t, summarize([]float64{0}).spread())
}

func TestMedianLiesInTheMiddle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 20).Draw(t, "values")
		f := summarize(values)
		below, above := 0, 0
		for _, v := range values {
			require.True(t, f.least <= v && v <= f.most)
			if v <= f.median {
				below++
			}
			if v >= f.median {
				above++
			}
		}
		require.GreaterOrEqual(t, 2*below, len(values))
		require.GreaterOrEqual(t, 2*above, len(values))
	})
}

func TestRatioComparesWithinARound(t *testing.T) {
	// A machine that is twice as slow in the second round changes no ratio.
	base := map[int]float64{1: 10, 2: 20, 3: 10}
	require.InDelta(t, 1.1, ratio(map[int]float64{1: 11, 2: 22, 3: 11}, base), 1e-9)
	require.InDelta(t, 1.5, ratio(map[int]float64{2: 30, 4: 1}, base), 1e-9)
	require.True(t, math.IsNaN(ratio(map[int]float64{4: 1}, base)))
}
