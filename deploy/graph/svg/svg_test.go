package svg

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
	"aiolos/deploy/graph"
	"aiolos/deploy/graph/graphtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

const samples = "../testdata"

func TestGolden(t *testing.T) {
	for name, o := range graphtest.Samples(t, os.DirFS(samples)) {
		got := Render(graph.Of(o))
		file := filepath.Join(samples, name+".svg")
		if *update {
			require.NoError(t, os.WriteFile(file, got, 0o644))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s; run with -update if that is meant", file)
	}
}

// texts parses a picture and returns what it says, and by which element.
func texts(t require.TestingT, picture []byte) map[string][]string {
	decoder := xml.NewDecoder(strings.NewReader(string(picture)))
	said := map[string][]string{}
	var within []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			require.Empty(t, within)
			return said
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			require.Contains(t, []string{"svg", "title", "desc", "g", "rect", "path", "text"}, token.Name.Local)
			for _, a := range token.Attr {
				require.NotContains(t, a.Value, "NaN")
				require.NotContains(t, a.Value, "Inf")
				require.NotContains(t, strings.ToLower(a.Name.Local), "href", "the picture needs nothing but itself")
			}
			within = append(within, token.Name.Local)
		case xml.EndElement:
			within = within[:len(within)-1]
		case xml.CharData:
			if text := string(token); strings.TrimSpace(text) != "" {
				said[within[len(within)-1]] = append(said[within[len(within)-1]], text)
			}
		}
	}
}

func TestAwkwardNames(t *testing.T) {
	said := texts(t, Render(graph.Of(graphtest.Samples(t, os.DirFS(samples))["awkward"])))
	require.Contains(t, said["text"], `a "quoted" <name> & more | \N #1; `+"`tick` --> 漢字 🙂")
	require.Contains(t, said["text"], `gr"oup<&>|`)
	require.Contains(t, said["text"], `- 完成しました nächster`)
	require.Contains(t, said["desc"][0], `Step subgraph: a new action, on gr"oup<&>|, when params.x == "}"`)
}

func TestWhatIsSaidInWords(t *testing.T) {
	g := graph.Of(graphtest.Samples(t, os.DirFS(samples))["cluster"])
	g.Mark("clone", graph.Running)
	said := texts(t, Render(g))
	require.Equal(t, "Steps of pg", said["title"][0])
	require.Contains(t, said["desc"][0], "Step balance: apply Puppet, on proxy, 1 at a time, after install, "+
		"after any params.standbys / 2 + 1 of streaming, uses port of primary, uses the fact ipaddress.")
	require.Contains(t, said["desc"][0], "running, after primary")
	require.Contains(t, said["text"], "▶ running")
}

func TestSame(t *testing.T) {
	o := graphtest.Samples(t, os.DirFS(samples))["cluster"]
	first := Render(graph.Of(o))
	for range 20 {
		require.Equal(t, string(first), string(Render(graph.Of(o))))
	}
}

// TestAnyOutline holds that whatever a blueprint says gives a picture, in which
// nothing covers anything.
func TestAnyOutline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := graph.Of(graphtest.Outline(t))
		said := texts(t, Render(g))
		for i := range g.Steps {
			for _, line := range g.Steps[i].NameLines() {
				require.Contains(t, said["text"], line)
			}
		}
		s := layOut(&g)
		s.makeHeights(margin)
		for i, b := range s.boxes {
			wide, high := extent(b.text)
			require.LessOrEqual(t, wide, b.w, "text fits its box")
			require.LessOrEqual(t, high, b.h)
			require.Greater(t, b.left(), s.lanes[b.first].left)
			require.Less(t, b.right(), s.lanes[b.last].left+s.lanes[b.last].width)
			require.GreaterOrEqual(t, b.y, s.top+s.header)
			for _, other := range s.boxes[:i] {
				require.False(t, overlap(around(b), around(other)), "%q covers %q", b.tooltip, other.tooltip)
			}
		}
		for i, a := range s.arrows {
			points := s.way(a)
			for n := 1; n < len(points); n++ {
				from, to := points[n-1], points[n]
				require.True(t, from.x == to.x || from.y == to.y, "an arrow is made of upright and level lines")
				stretch := rectangle{min(from.x, to.x), min(from.y, to.y), max(from.x, to.x), max(from.y, to.y)}
				for _, b := range s.boxes {
					require.False(t, overlap(stretch, around(b)), "the arrow %q→%q runs through %q", a.from.tooltip, a.to.tooltip, b.tooltip)
				}
			}
			for _, other := range s.arrows[:i] {
				require.False(t, len(a.label) > 0 && len(other.label) > 0 && overlap(s.labelArea(a), s.labelArea(other)), "labels lie on each other")
			}
			for _, b := range s.boxes {
				require.False(t, len(a.label) > 0 && overlap(s.labelArea(a), around(b)), "a label lies on a box")
			}
		}
	})
}

type rectangle struct{ left, top, right, bottom float64 }

func around(b *box) rectangle { return rectangle{b.left(), b.y, b.right(), b.y + b.h} }

func (s *scene) labelArea(a *arrow) rectangle {
	w, h := extent(a.label)
	bottom := a.to.y - arrowHigh/2 - 1
	return rectangle{a.end + labelPad, bottom - h, a.end + labelPad + w, bottom}
}

// overlap leaves out what only touches.
func overlap(a, b rectangle) bool {
	const touch = 0.01
	return a.left < b.right-touch && b.left < a.right-touch && a.top < b.bottom-touch && b.top < a.bottom-touch
}

func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := make([]item, rapid.IntRange(1, 8).Draw(t, "items"))
		number := rapid.Float64Range(-1000, 1000)
		for i := range items {
			items[i] = item{wanted: number.Draw(t, "wanted"), weight: 1, before: 5, after: 7}
		}
		sum := func(places []float64) (squares float64) {
			for i, x := range places {
				squares += (x - items[i].wanted) * (x - items[i].wanted)
			}
			return squares
		}
		places := spread(items)
		for i := 1; i < len(places); i++ {
			require.GreaterOrEqual(t, places[i]-places[i-1], 12-1e-6)
		}
		// No other allowed place of one item is better.
		for i := range places {
			for _, by := range []float64{-1, 1} {
				other := append([]float64{}, places...)
				other[i] += by
				if (i == 0 || other[i]-other[i-1] >= 12) && (i == len(other)-1 || other[i+1]-other[i] >= 12) {
					require.LessOrEqual(t, sum(places), sum(other)+1e-6)
				}
			}
		}
	})
}

// TestLarge holds that the largest blueprint is drawn in no time to speak of.
func TestLarge(t *testing.T) {
	o := deploy.Outline{Name: "large"}
	for i := range deploy.MaxGroups {
		o.Groups = append(o.Groups, deploy.OutlineGroup{Name: names(i), Count: "1"})
	}
	for i := range deploy.MaxSteps {
		s := deploy.OutlineStep{Name: names(i), Action: "run", On: names(i % deploy.MaxGroups), Groups: []string{names(i % deploy.MaxGroups)}, Whole: true}
		for _, back := range []int{1, 2, 7} {
			if i >= back {
				s.Needs = append(s.Needs, deploy.OutlineNeed{Step: names(i - back*back), Of: "all"})
			}
		}
		o.Steps = append(o.Steps, s)
	}
	begin := time.Now()
	texts(t, Render(graph.Of(o)))
	require.Less(t, time.Since(begin).Seconds(), 20.0)
}

func names(i int) string { return "n" + strings.Repeat("i", max(0, i)%7) + num(math.Abs(float64(i))) }
