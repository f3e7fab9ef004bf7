package graph_test

import (
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/deploy/graph"
	"aiolos/deploy/graph/graphtest"
)

func TestArrows(t *testing.T) {
	g := graph.Of(graphtest.Samples(t, os.DirFS("testdata"))["cluster"])
	names := map[string]string{}
	for _, s := range g.Steps {
		names[s.ID] = s.Name
	}
	for _, f := range g.Facts {
		names[f.ID] = f.Group + "." + f.Name
	}
	var arrows []string
	for _, e := range g.Edges {
		kind := " -> "
		if e.Kind == graph.Refers {
			kind = " -.-> "
		}
		arrows = append(arrows, names[e.From]+kind+names[e.To]+": "+e.Label)
	}
	require.Equal(t, []string{
		"install -> primary: ",
		"primary -> clone: ", // there is but one node to wait for
		"install -> clone: ",
		"primary -.-> clone: password, port",
		"clone -> streaming: ",
		"install -> balance: ",
		"streaming -> balance: any params.standbys / 2 + 1",
		"primary -.-> balance: port",
		"proxy.ipaddress -.-> balance: ",
		"balance -> go-live: all",
		"go-live -> open: ",
	}, arrows)
}

func TestFactsOfProviders(t *testing.T) {
	refers := []deploy.OutlineRef{{Group: "db", Fact: "hostname"}, {Group: "db", Fact: "address"}, {Group: "db", Fact: "role"}}
	o := deploy.Outline{
		Groups: []deploy.OutlineGroup{{Name: "db", Count: "1", Facts: []string{"hostname", "kernel"}}},
		Steps:  []deploy.OutlineStep{{Name: "x", Action: "run", On: "db", Groups: []string{"db"}, Whole: true, Refers: refers}},
	}
	g := graph.Of(o)
	require.Len(t, g.Facts, 2)
	require.Equal(t, "hostname", g.Facts[0].Name, "the group asks for it by name")
	require.Equal(t, "role", g.Facts[1].Name, "whoever makes it")
	require.Equal(t, []string{"1 node", "facts: kernel"}, g.Groups[0].Lines)
}

func TestOwnFactOfSeveralGroups(t *testing.T) {
	o := deploy.Outline{
		Groups: []deploy.OutlineGroup{{Name: "a", Count: "1"}, {Name: "b", Count: "1"}},
		Steps: []deploy.OutlineStep{{Name: "x", Action: "run", On: "[a, b]", Groups: []string{"a", "b"}, Whole: true,
			Refers: []deploy.OutlineRef{{Fact: "kernel", Own: true}}}},
	}
	g := graph.Of(o)
	require.Equal(t, []graph.Fact{{ID: "f0", Name: "kernel", Group: "a"}, {ID: "f1", Name: "kernel", Group: "b"}}, g.Facts)
	require.Len(t, g.Edges, 2)
}

func TestMark(t *testing.T) {
	g := graph.Of(graphtest.Samples(t, os.DirFS("testdata"))["glusterfs"])
	require.True(t, g.Mark("pool", graph.Failed))
	require.False(t, g.Mark("pond", graph.Failed))
	require.Contains(t, graph.DOT(g), "✗ failed")
	require.Contains(t, graph.Mermaid(g), "✗ failed")
	require.Contains(t, graph.Mermaid(g), ":::failed")
	require.True(t, g.Mark("pool", "puzzled"))
	require.Contains(t, graph.DOT(g), "puzzled")
}

func TestWrap(t *testing.T) {
	for text, want := range map[string][]string{
		"":                            nil,
		" two\n words ":               {"two words"},
		"breaks where a space is":     {"breaks where a", "space is"},
		"breaks.after.punctuation.is": {"breaks.after.", "punctuation.is"},
		"breaksanywhereelse":          {"breaksanywhere", "else"},
		"no more than so many lines, however much there is": {"no more than", "so many lines,", "however much…"},
		"a\x00b\xffc": {"a\ufffdb\ufffdc"},
	} {
		require.Equal(t, want, graph.Wrap(text, 14, 3), text)
	}
}

// TestContrast holds the colours against what WCAG asks of text (7:1, level
// AAA) and of lines (3:1).
func TestContrast(t *testing.T) {
	for _, state := range []graph.State{"", graph.Waiting, graph.Running, graph.Done, graph.Failed, graph.Skipped} {
		look := state.Look()
		require.GreaterOrEqual(t, contrast(t, look.Text, look.Fill), 7.0, "text, %s", state)
		require.Equal(t, state == "", look.Mark == "", "a state is told in words")
		for i := range 6 {
			frame := graph.FrameOf(i)
			require.GreaterOrEqual(t, contrast(t, look.Line, frame.Fill), 3.0, "line of %s on frame %d", state, i)
			require.GreaterOrEqual(t, contrast(t, look.Text, frame.Fill), 7.0, "text of %s on frame %d", state, i)
			require.GreaterOrEqual(t, contrast(t, frame.Line, "#ffffff"), 3.0, "frame %d", i)
			require.GreaterOrEqual(t, contrast(t, graph.FactLook.Text, frame.Fill), 7.0, "facts on frame %d", i)
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	light := func(colour string) float64 {
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
			require.NoError(t, err)
			c := float64(n) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
