package command

import (
	"context"
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
	var live bool
	cmd := &cobra.Command{
		Use:   "graph BLUEPRINT|NAME",
		Short: "Draw a blueprint: what waits for what",
		Long: `Draws the steps of a blueprint, before its parameters are filled in: a frame for
each group, a box for each step, a solid arrow for what has to be done before and
a dashed one for a fact that a step waits for.

Mermaid is what Markdown pages show, on GitHub for instance; DOT is what Graphviz
lays out; SVG is a picture as it is. Without --format, the ending of the file
name of --output decides (.mmd, .dot or .svg); without both, it is Mermaid.

With --live, the argument is a deployment, and each step shows how far its newest
operation has come on it, by a word or a mark as well as by colour: failed, where it failed on
any node, and done where it is on all of them.

` + aboutBlueprint,
		Example: `  aiolos graph glusterfs
  aiolos graph ./my.yaml --output my.svg
  aiolos graph --live demo --output demo.svg
  aiolos graph glusterfs --format dot | dot -Tpdf > glusterfs.pdf`,
		Args: wants("BLUEPRINT"),
	}
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	cmd.Flags().StringVar(&format, "format", "", "one of: "+strings.Join(names, ", "))
	cmd.Flags().StringVarP(&file, "output", "o", "", "write to a file instead of standard output")
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) > 0:
			return nil, cobra.ShellCompDirectiveNoFileComp
		case live:
			return s.names(cmd.Context(), "NAME", args, begun)
		default:
			return s.names(cmd.Context(), "BLUEPRINT", args, begun)
		}
	}
	cmd.Flags().BoolVar(&live, "live", false, "draw a deployment, with the states of its steps")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		write := formatOf(format, file)
		if write == nil {
			return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "format", Value: format, Allowed: "one of: " + strings.Join(names, ", ")}}}
		}
		drawn, err := s.graphOf(cmd.Context(), args[0], live)
		if err != nil {
			return err
		}
		picture := write(drawn)
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

// graphOf is the graph of a blueprint, or of what a deployment was made from.
func (s *Setting) graphOf(ctx context.Context, name string, live bool) (graph.Graph, error) {
	if live {
		return s.liveGraph(ctx, name)
	}
	from, err := readSource(name)
	if err != nil {
		return graph.Graph{}, err
	}
	blueprint, err := from.blueprint(s.Actions)
	if err != nil {
		return graph.Graph{}, err
	}
	return graph.Of(blueprint.Outline()), nil
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
