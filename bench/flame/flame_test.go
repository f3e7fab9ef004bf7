package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
	"github.com/stretchr/testify/require"
)

func TestFlame(t *testing.T) {
	at := func(names ...string) []*profile.Location {
		var stack []*profile.Location
		for _, n := range names {
			stack = append(stack, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: n}}}})
		}
		return stack
	}
	// The innermost function comes first in a sample.
	root := fold(&profile.Profile{Sample: []*profile.Sample{
		{Value: []int64{1, 30e6}, Location: at("runtime.mallocgc", "aiolos/internal/job.Run", "main.main")},
		{Value: []int64{1, 60e6}, Location: at("aiolos/internal/job.Run", "main.main")},
		{Value: []int64{1, 10e6}, Location: at("x[go.shape.<int>]")},
	}})
	require.EqualValues(t, 100e6, root.spent)
	require.EqualValues(t, 90e6, root.calls["main.main"].calls["aiolos/internal/job.Run"].spent)
	require.Equal(t, 4, depth(root, width))

	svg := draw(root)
	require.Contains(t, svg, "<title>aiolos/internal/job.Run: 90ms, 90.0 %</title>")
	require.Contains(t, svg, ">job.Run</text>")
	require.NotContains(t, svg, "<int>")
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
	require.NotEmpty(t, draw(fold(&profile.Profile{})))
}
