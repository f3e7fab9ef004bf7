package graph_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/graph/formats/dot"
	"gonum.org/v1/gonum/graph/formats/dot/ast"
	"pgregory.net/rapid"

	"aiolos/deploy/graph"
	"aiolos/deploy/graph/graphtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for name, o := range graphtest.Samples(t, os.DirFS("testdata")) {
		for ending, text := range map[string]string{".dot": graph.DOT(graph.Of(o)), ".mmd": graph.Mermaid(graph.Of(o))} {
			file := filepath.Join("testdata", name+ending)
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), text, "%s; run with -update if that is meant", file)
		}
	}
}

// need is anything that reports a failure.
type need interface {
	require.TestingT
	Helper()
}

// labels parses DOT and returns the text of every label, by what has it.
func labels(t need, text string) map[string]string {
	t.Helper()
	// This parser takes the replacement character for broken UTF-8; Graphviz does not.
	file, err := dot.Parse(strings.NewReader(strings.ReplaceAll(text, "\ufffd", "\u25a1")))
	require.NoError(t, err, text)
	require.Len(t, file.Graphs, 1)
	found := map[string]string{}
	take := func(of string, attributes []*ast.Attr) {
		for _, a := range attributes {
			if a.Key == "label" {
				found[of] += plain(t, a.Val)
			}
		}
	}
	var walk func(in string, statements []ast.Stmt)
	walk = func(in string, statements []ast.Stmt) {
		for _, s := range statements {
			switch s := s.(type) {
			case *ast.NodeStmt:
				take(s.Node.ID, s.Attrs)
			case *ast.EdgeStmt:
				take(s.From.(*ast.Node).ID+" "+s.To.Vertex.(*ast.Node).ID, s.Attrs)
			case *ast.AttrStmt:
				take(in, s.Attrs)
			case *ast.Subgraph:
				walk(s.ID, s.Stmts)
			}
		}
	}
	walk("", file.Graphs[0].Stmts)
	return found
}

// plain is the text of an HTML-like label.
func plain(t need, label string) string {
	t.Helper()
	inner, html := strings.CutPrefix(label, "<")
	if !html {
		return label
	}
	decoder := xml.NewDecoder(strings.NewReader("<label>" + strings.TrimSuffix(inner, ">") + "</label>"))
	var b strings.Builder
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		require.NoError(t, err, label)
		switch token := token.(type) {
		case xml.CharData:
			b.Write(token)
		case xml.StartElement:
			if token.Name.Local == "br" {
				b.WriteString("\n")
			}
		}
	}
}

func TestAwkwardNamesInDOT(t *testing.T) {
	g := graph.Of(graphtest.Samples(t, os.DirFS("testdata"))["awkward"])
	found := labels(t, graph.DOT(g))
	require.Equal(t, "gr\"oup<&>|\n(params.n > 1 ? params.n : 1) ×\np\"<&>|\\\nfacts: end\n", found["cluster_g0"])
	require.Equal(t, "subgraph\na new action\nwhen params.x == \"}\" &&\nparams.y < 3 || 'a' in [\"b\"]", found["s1"])
	require.Equal(t, "- 完成しました nächster\nSchritt\nrun a script\non nodes", found["s3"])
	require.Equal(t, "any params.n < 3 &&\n\"x\" == 'y' ? 1 : 2", found["s0 s1"])
	require.Contains(t, found[""], `a "quoted" <name> & more | \N #1;`)
}

var mermaidLine = regexp.MustCompile(`^(flowchart TB` +
	`|  acc(Title|Descr): .*` +
	`|  subgraph g\d+\["[^"]*"\]|    direction TB|  end` +
	`|    n\d+\["[^"]*"\]:::note|    n\d+ ~~~ [sf]\d+( & [sf]\d+)*` +
	`|  (  )?s\d+\("[^"]*"\):::[a-z]+` +
	`|  (  )?f\d+\(\["[^"]*"\]\):::fact` +
	`|  [sf]\d+ (-->|-\.->)(\|"[^"]*"\|)? s\d+` +
	`|  classDef [a-z]+ [a-z#0-9:, -]+|  style g\d+ [a-z#0-9:,]+)$`)

// mermaidPlain undoes what Mermaid text is written with, once its own tags are gone.
func mermaidPlain(text string) string {
	text = strings.NewReplacer("<b>", "", "</b>", "", "<br/>", "\n").Replace(text)
	return regexp.MustCompile(`#(\d+);`).ReplaceAllStringFunc(text, func(s string) string {
		n, _ := strconv.Atoi(s[1 : len(s)-1])
		return string(rune(n))
	})
}

func TestAwkwardNamesInMermaid(t *testing.T) {
	text := graph.Mermaid(graph.Of(graphtest.Samples(t, os.DirFS("testdata"))["awkward"]))
	require.Contains(t, mermaidPlain(text), "s1(\"subgraph\na new action\nwhen params.x == \"}\" &&\nparams.y < 3 || 'a' in [\"b\"]\")")
	require.NotContains(t, text, "%%")
	require.NotContains(t, text, "<name>")
}

// TestAnyOutline holds that whatever a blueprint says gives a text that its
// readers take, with a label for each step.
func TestAnyOutline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := graphtest.Outline(t)
		g := graph.Of(o)
		found := labels(t, graph.DOT(g))
		for i := range g.Steps {
			require.Contains(t, found, g.Steps[i].ID)
			name := strings.ReplaceAll(strings.Join(g.Steps[i].NameLines(), "\n"), "\ufffd", "\u25a1")
			require.True(t, strings.HasPrefix(found[g.Steps[i].ID], name), "%q does not begin with %q", found[g.Steps[i].ID], name)
		}
		for line := range strings.Lines(graph.Mermaid(g)) {
			require.Regexp(t, mermaidLine, strings.TrimSuffix(line, "\n"))
			for _, label := range regexp.MustCompile(`"[^"]*"`).FindAllString(line, -1) {
				rest := strings.NewReplacer("<b>", "", "</b>", "", "<br/>", "").Replace(label)
				require.False(t, strings.ContainsAny(rest, "<>&`|"), line)
			}
		}
	})
}
