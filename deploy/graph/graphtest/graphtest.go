// Package graphtest makes outlines to try graphs with.
package graphtest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
)

// Samples reads the outlines of a directory, by name.
func Samples(t *testing.T, directory fs.FS) map[string]deploy.Outline {
	t.Helper()
	files, err := fs.Glob(directory, "*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	samples := map[string]deploy.Outline{}
	for _, file := range files {
		text, err := fs.ReadFile(directory, file)
		require.NoError(t, err)
		var o deploy.Outline
		require.NoError(t, json.Unmarshal(text, &o), file)
		samples[strings.TrimSuffix(file, ".json")] = o
	}
	return samples
}

// text is anything, of what is troublesome more than of the rest.
var text = rapid.OneOf(
	rapid.StringMatching(`[a-z][a-z0-9._-]{0,30}`),
	rapid.StringOf(rapid.RuneFrom([]rune("ab \"'`<>&|#;:%$@\\/(){}[]*_~-=+.,!?\n\t\x00\x1b\u202e\ufffe漢🙂ß"))),
	rapid.SampledFrom([]string{"end", "subgraph", "graph", "]]>", "-->", "<br/>", "&amp;", `\N`, "\xff\xfe", "${x}", "1. x", "- x", "# x", "%%{init}%%"}),
	rapid.String(),
)

// Outline is anything that could be said of a blueprint, and more: names come
// twice, and what is referred to does not exist.
func Outline(t *rapid.T) deploy.Outline {
	draw := func(name string) string { return text.Draw(t, name) }
	o := deploy.Outline{Name: draw("name"), Description: draw("description")}
	var groups, steps []string
	for range rapid.IntRange(0, 4).Draw(t, "groups") {
		g := deploy.OutlineGroup{
			Name: draw("group"), Count: draw("count"), Profile: draw("profile"), Image: draw("image"),
			Disks: rapid.IntRange(0, 3).Draw(t, "disks"), Facts: rapid.SliceOfN(text, 0, 3).Draw(t, "facts"),
		}
		groups = append(groups, g.Name)
		o.Groups = append(o.Groups, g)
	}
	some := func(of []string, label string) string {
		if len(of) == 0 {
			return draw(label)
		}
		return rapid.OneOf(rapid.SampledFrom(of), rapid.SampledFrom(of), rapid.SampledFrom(of), text).Draw(t, label)
	}
	count := rapid.IntRange(0, 12).Draw(t, "steps")
	for i := range count {
		steps = append(steps, rapid.OneOf(rapid.Just(fmt.Sprintf("step-%d", i)), text).Draw(t, "step"))
	}
	of := rapid.OneOf(rapid.SampledFrom([]string{"own", "all", "any", "3", ""}), text)
	for i, name := range steps {
		s := deploy.OutlineStep{
			Name: name, Action: draw("action"), On: draw("on"), When: draw("when"), Parallel: draw("parallel"),
			Whole: rapid.Bool().Draw(t, "whole"), Produces: rapid.SliceOfN(text, 0, 2).Draw(t, "produces"),
		}
		for range rapid.SampledFrom([]int{1, 1, 1, 0, 2, 3}).Draw(t, "places") {
			s.Groups = append(s.Groups, some(groups, "place"))
		}
		for range rapid.IntRange(0, min(i, 3)).Draw(t, "needs") {
			s.Needs = append(s.Needs, deploy.OutlineNeed{Step: some(steps[:i], "needed"), Of: of.Draw(t, "of")})
		}
		for range rapid.IntRange(0, 3).Draw(t, "refers") {
			s.Refers = append(s.Refers, deploy.OutlineRef{
				Group: some(groups, "whose"), Fact: draw("fact"), From: some(steps, "from"), Own: rapid.Bool().Draw(t, "own"),
			})
		}
		o.Steps = append(o.Steps, s)
	}
	return o
}
