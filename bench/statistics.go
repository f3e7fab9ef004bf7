package main

import (
	"math"
	"slices"
)

// figure is what several rounds come to.
type figure struct{ median, least, most float64 }

// summarize takes at least one value.
func summarize(values []float64) figure {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return figure{median: median, least: sorted[0], most: sorted[len(sorted)-1]}
}

// spread is how far the rounds lie apart, as a share of the median.
func (f figure) spread() float64 {
	if f.median == 0 {
		return 0
	}
	return (f.most - f.least) / f.median
}

// ratio is the median of each round's own ratio: both were measured within the
// same minute, so what disturbed the machine disturbed both. Rounds that lack one
// of them are left out; NaN where none is left.
func ratio(values, base map[int]float64) float64 {
	var ratios []float64
	for round, v := range values {
		if b := base[round]; b > 0 {
			ratios = append(ratios, v/b)
		}
	}
	if len(ratios) == 0 {
		return math.NaN()
	}
	return summarize(ratios).median
}
