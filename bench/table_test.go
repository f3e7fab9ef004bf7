package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReport(t *testing.T) {
	one := func(tool string, d deed, round int, wall time.Duration, cpu ...time.Duration) sample {
		s := sample{Tool: tool, Deed: d, Nodes: 3, Round: round, Wall: wall}
		for i, c := range cpu {
			s.Parts = append(s.Parts, part{Name: []string{tool, "worker"}[i], CPU: c, Memory: 10e6})
		}
		return s
	}
	samples := []sample{
		one(bound, fresh, 1, 4*time.Second, time.Second), one("aiolos", fresh, 1, 5*time.Second, time.Second/2, time.Second/4),
		one(bound, fresh, 2, 8*time.Second, time.Second), one("aiolos", fresh, 2, 8*time.Second, time.Second/2, time.Second/4),
		one("aiolos", again, 2, time.Second, 0),
	}
	require.Equal(t, `
a machine

| Fresh, 3 nodes | seconds | spread | ratio | CPU s | ratio | memory MB |
|---|---|---|---|---|---|---|
| plain parallel ssh (the bound) | 6.00 | 67 % | 1.00 | 1.00 | 1.00 | 10 |
| **Aiolos** | 6.50 | 46 % | 1.12 | 0.75 (aiolos 0.50, worker 0.25) | 0.75 | 20 (aiolos 10, worker 10) |

| Again, nothing to do, 3 nodes | seconds | spread | ratio | CPU s | ratio | memory MB |
|---|---|---|---|---|---|---|
| **Aiolos** | 1.00 | 0 % | – | 0.00 | – | 10 |
`, report(samples, "a machine"))
}
