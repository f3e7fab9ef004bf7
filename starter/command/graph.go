package command

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/deploy/graph"
	"aiolos/deploy/graph/svg"
)

// formats are the languages that a graph is written in, the usual one first.
var formats = []struct {
	name string
	// endings of file names that mean it
	endings []string
	write   func(graph.Graph) []byte
}{
	{"mermaid", []string{".mmd", ".mermaid"}, func(g graph.Graph) []byte { return []byte(graph.Mermaid(g)) }},
	{"dot", []string{".dot", ".gv"}, func(g graph.Graph) []byte { return []byte(graph.DOT(g)) }},
	{"svg", []string{".svg"}, svg.Render},
}

func (s *Setting) graphCommand() *cobra.Command {
	var format, file string
	cmd := &cobra.Command{
		Use:   "graph BLUEPRINT",
		Short: "Draw a blueprint: what waits for what",
		Long: `Draws the steps of a blueprint, before its parameters are filled in: a frame for
each group, a box for each step, a solid arrow for what has to be done before and
a dashed one for a fact that a step waits for.

Mermaid is what Markdown pages show, on GitHub for instance; DOT is what Graphviz
lays out; SVG is a picture as it is. Without --format, the ending of the file
name of --output decides (.mmd, .dot or .svg); without both, it is Mermaid.

` + aboutBlueprint,
		Example: `  aiolos graph glusterfs
  aiolos graph ./my.yaml --output my.svg
  aiolos graph glusterfs --format dot | dot -Tpdf > glusterfs.pdf`,
		Args: wants("BLUEPRINT"),
	}
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	cmd.Flags().StringVar(&format, "format", "", "one of: "+strings.Join(names, ", "))
	cmd.Flags().StringVarP(&file, "output", "o", "", "write to a file instead of standard output")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		write := formatOf(format, file)
		if write == nil {
			return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "format", Value: format, Allowed: "one of: " + strings.Join(names, ", ")}}}
		}
		from, err := readSource(args[0])
		if err != nil {
			return err
		}
		blueprint, err := from.blueprint(s.Actions)
		if err != nil {
			return err
		}
		picture := write(graph.Of(blueprint.Outline()))
		if file == "" {
			_, err = s.Out.Write(picture)
			return err
		}
		if err := os.WriteFile(file, picture, 0o644); err != nil { //nolint:gosec // a picture, for others to see
			return fmt.Errorf("the graph was not written: %w", err)
		}
		return nil
	}
	return cmd
}

// formatOf returns what writes a format, or nil.
func formatOf(format, file string) func(graph.Graph) []byte {
	ending := strings.ToLower(filepath.Ext(file))
	for _, f := range formats {
		if format == f.name || (format == "" && slices.Contains(f.endings, ending)) {
			return f.write
		}
	}
	if format == "" {
		return formats[0].write
	}
	return nil
}
